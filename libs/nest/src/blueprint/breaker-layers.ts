import type { OptionProblem } from '@nestjs-resources/core';

import type { BreakerRule } from '../guard/guard.js';
import { messages } from '../resource.messages.js';

type Configs = Readonly<Record<string, BreakerRule>>;

/** The configurations a rule builds on, the most general first, and the rule itself last; each without its `config`. */
export function breakerLayers(rule: BreakerRule, configs: Configs): object[] {
  const layers: object[] = [];
  const seen = new Set<BreakerRule>();
  for (let next: BreakerRule | undefined = rule; next && !seen.has(next);) {
    seen.add(next);
    const { config, ...layer }: BreakerRule = next;
    layers.unshift(layer);
    next = config === undefined ? undefined : configs[config];
  }
  return layers;
}

/** What is wrong with the chain of configurations that begins at `rule`. */
export function layerProblems(rule: BreakerRule, configs: Configs, path: string): OptionProblem[] {
  const option = `${path}.config`;
  const names: string[] = [];
  for (let config = rule.config; config !== undefined; config = configs[config]?.config) {
    if (!Object.hasOwn(configs, config)) {
      return [{ option, problem: messages.unknownConfig(config, Object.keys(configs).join(', ')) }];
    }
    if (names.includes(config)) return [{ option, problem: messages.circularConfig([...names, config].join(' → ')) }];
    names.push(config);
    if (!isRule(configs[config])) return [{ option: `configs.${config}`, problem: messages.notARule }];
  }
  return [];
}

/** Whether something can be taken for options of a circuit breaker at all. */
export function isRule(given: unknown): boolean {
  return typeof given === 'object' && given !== null && !Array.isArray(given);
}
