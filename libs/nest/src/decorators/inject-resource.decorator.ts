import { Inject } from '@nestjs/common';

import { getResourceToken } from '../resource.tokens.js';

/**
 * Injects the resource with this name, of whatever kind.
 *
 * @example
 * constructor(@InjectResource('browser') private readonly browser: Browser) {}
 */
export const InjectResource = (name: string): ReturnType<typeof Inject> => Inject(getResourceToken(name));
