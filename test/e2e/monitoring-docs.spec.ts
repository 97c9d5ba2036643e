import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ResourceMonitoringModule } from '@nestjs-resources/monitoring';
import type { ServiceProcess } from '../../src/demo/service-process.js';
import { root, startExample } from './example-service.js';

// Real servers, many requests, and perhaps a busy machine.
jest.setTimeout(60_000);

interface Shown {
  readonly method: string;
  readonly path: string;
  readonly output: string;
}

const page = (name: string): string => readFileSync(`${root}/docs/${name}`, 'utf8');

/** The commands of a page and what it says they answer. */
function commandsOf(text: string): Shown[] {
  const blocks = [...text.matchAll(/```\n(\$ curl [^]*?)```/g)].flatMap(([, block = '']) =>
    block.split(/^\$ /m).slice(1),
  );
  return blocks.map((block) => {
    const [command = '', ...output] = block.split('\n');
    const [, method = 'GET'] = /-X (\w+)/.exec(command) ?? [];
    const [, path = ''] = /localhost:3000(\/[^'\s]*)/.exec(command) ?? [];
    return { method, path, output: output.join('\n') };
  });
}

const keysOf = (text: string): string[] => [...text.matchAll(/"([\w.-]+)":/g)].map(([, key = '']) => key);
/** Digits say when and how long it was: they differ each time. */
const worded = (line: string): string => line.replace(/\d+/g, '0').replace(/ +/g, ' ').trim();

describe('What the page on endpoints shows is what the example answers', () => {
  const commands = commandsOf(page('endpoints.md'));
  let service: ServiceProcess;
  beforeAll(async () => {
    service = await startExample();
    // A second passes until there is a sample of each.
    for (let left = 100; left > 0; left--) {
      const { status } = await fetch(`${service.url}/readyz`);
      if (status === 200) break;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }, 60_000);
  afterAll(async () => void (await service.terminate()));

  async function ask({ method, path }: Shown): Promise<{ response: Response; text: string }> {
    const stop = new AbortController();
    const response = await fetch(service.url + path, { method, signal: stop.signal });
    let text = '';
    for await (const part of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += part;
      if (text.includes('"full":false')) break;
    }
    stop.abort();
    return { response, text };
  }

  it('shows one answer of each kind', () => {
    expect(commands.length).toBeGreaterThanOrEqual(12);
  });

  it.each(commands.map((shown) => [`${shown.method} ${shown.path}`, shown] as const))('%s', async (_, shown) => {
    const { response, text } = await ask(shown);
    const { output } = shown;
    if (output.startsWith('HTTP/')) {
      const [head = '', body = ''] = output.split('\n\n');
      const [status = '', ...headers] = head.split('\n');
      expect(status).toBe(`HTTP/1.1 ${response.status} ${response.statusText}`);
      for (const header of headers) {
        const [name = '', value = ''] = header.split(': ');
        expect([name, worded(response.headers.get(name) ?? '')]).toEqual([name, worded(value)]);
      }
      expect(text).toBe(body.trim());
      return;
    }
    if (!output.startsWith('{') && !output.startsWith('id:')) {
      const lines = new Set(text.split('\n').map(worded));
      for (const line of output.split('\n'))
        if (line.trim() && line !== '…') expect([...lines]).toContain(worded(line));
      return;
    }
    const known = new Set(keysOf(text));
    expect(keysOf(output).filter((key) => !known.has(key))).toEqual([]);
    // Keys at the top are all shown, and in their order.
    if (output.startsWith('{')) {
      const top = Object.keys(JSON.parse(text) as object);
      const elided = /, …\}\s*$/.test(output);
      const positions = top.map((key) => output.indexOf(`"${key}":`)).filter((at) => !elided || at >= 0);
      expect(positions).toEqual(positions.toSorted((one, other) => one - other));
      expect(positions).not.toContain(-1);
    } else {
      const names = [...output.matchAll(/^event: (\w+)$/gm)].map(([, name]) => name);
      expect([...text.matchAll(/^event: (\w+)$/gm)].map(([, name]) => name)).toEqual(names);
    }
  });
});

describe('What the page on security says', () => {
  const text = page('security.md').replace(/\s+/g, ' ');

  it('is how the boot is refused', () => {
    const refused = () => ResourceMonitoringModule.forRoot({ routes: { resources: true, health: true } });
    let said = '';
    try {
      refused();
    } catch (error) {
      said = (error as Error).message.replace(/\s+/g, ' ');
    }
    expect(said).not.toBe('');
    expect(text).toContain(said);
  });

  it('names each action there is', () => {
    const [controllers = []] = [ResourceMonitoringModule.forRoot({ insecure: true, admin: {} }).controllers];
    expect(controllers.filter(({ name }) => name.includes('Action'))).toHaveLength(3);
    for (const action of ['check', 'state', 'resize', 'evict', 'suspend', 'drain', 'resume']) {
      expect(text).toMatch(new RegExp(`POST \\{path\\}/\\w+/:name/${action}`));
    }
  });
});
