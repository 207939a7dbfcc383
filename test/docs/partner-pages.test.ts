/** docs/partners/ is what the types, their cases and their notes say. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { pagesOfAll } from '../../src/cli/partners.ts'

const FOLDER = join(import.meta.dirname, '..', '..', 'docs', 'partners')

test('a page for every type and no other, each as the code makes it', async () => {
  const pages = await pagesOfAll()
  deepEqual((await readdir(FOLDER)).sort(), [...pages.keys()].sort())
  for (const [name, text] of pages)
    equal(
      await readFile(join(FOLDER, name), 'utf8'),
      text,
      `docs/partners/${name}: npx sluice partners --docs docs/partners`,
    )
})

test('each page names the flags of a restriction, the answers and both requests', async () => {
  for (const [name, text] of await pagesOfAll()) {
    for (const part of ['**Flags on any restriction:** `', '## Answers', '## A request, opted out', '[A]'])
      ok(text.includes(part), `${name}: ${part}`)
    ok(!text.includes('undefined'), name)
  }
})
