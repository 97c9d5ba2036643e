import { Inject } from '@nestjs/common';

import { getPoolToken } from '../resource.tokens.js';

/**
 * Injects the pool with this name.
 *
 * @example
 * constructor(@InjectPool('smtp') private readonly smtp: ConnectionPool<SmtpClient>) {}
 */
export const InjectPool = (name: string): ReturnType<typeof Inject> => Inject(getPoolToken(name));
