import { existsSync, mkdtempSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { answerFor, createServerFolder, sweepServerFolders } from './server-folder.js';

describe('a sweep of server folders', () => {
  let parent: string;
  beforeEach(() => void (parent = mkdtempSync(join(tmpdir(), 'sweep-'))));
  afterEach(() => rmSync(parent, { recursive: true }));

  const folderOfAnHourAgo = (): string => {
    const folder = createServerFolder(undefined, parent);
    const hourAgo = Date.now() / 1_000 - 3_600;
    utimesSync(folder, hourAgo, hourAgo);
    return folder;
  };

  it('removes a folder whose guard no longer answers', async () => {
    const folder = folderOfAnHourAgo();
    await sweepServerFolders(parent);
    expect(existsSync(folder)).toBe(false);
  });

  it('leaves a folder whose guard answers', async () => {
    const folder = createServerFolder(undefined, parent);
    const doorbell = await answerFor(folder);
    await sweepServerFolders(parent);
    expect(existsSync(folder)).toBe(true);
    doorbell.close();
  });

  it('leaves a folder whose guard has only just made it', async () => {
    const folder = createServerFolder(undefined, parent);
    await sweepServerFolders(parent);
    expect(existsSync(folder)).toBe(true);
  });

  it('leaves what is not ours', async () => {
    const other = mkdtempSync(join(parent, 'other-'));
    utimesSync(other, 0, 0);
    await sweepServerFolders(parent);
    expect(existsSync(other)).toBe(true);
  });
});
