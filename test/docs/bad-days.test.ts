/** docs/bad-days.md leads somewhere: every link has its heading, every command and call exists. */
import { deepEqual, ok } from 'node:assert/strict'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { ROUTES } from '../../src/control/routes/table.ts'
import { sluice } from '../support/sluice.ts'

const DOCS = join(import.meta.dirname, '..', '..', 'docs')
const PAGES = ['bad-days.md', 'ops.md'] as const
const read = (page: string): Promise<string> => readFile(join(DOCS, page), 'utf8')

/** As GitHub makes them of headings. */
function anchorsOf(text: string): ReadonlySet<string> {
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading)
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  )
}

describe('the pages for good days and bad ones', () => {
  for (const page of PAGES) {
    test(`${page}: every link within the docs has its page and heading`, async () => {
      const text = await read(page)
      const links = [...text.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)]
      ok(links.length > 3)
      for (const [, target = '', anchor] of links) {
        if (target.endsWith('/')) await stat(join(DOCS, target))
        else {
          const other = target === '' ? text : await readFile(join(DOCS, target), 'utf8')
          if (anchor !== undefined) ok(anchorsOf(other).has(anchor), `${target}#${anchor}`)
        }
      }
    })

    test(`${page}: every command it names is one`, async () => {
      const { out } = await sluice(['--help'])
      const known = [...out.matchAll(/^ {2}([a-z-]+)/gm)].map(([, name]) => name)
      const named = new Set([...(await read(page)).matchAll(/(?:`|^|npx )sluice ([a-z-]+)/gm)].map(([, name]) => name))
      ok(named.size > 2)
      deepEqual(
        [...named].filter((name) => !known.includes(name)),
        [],
      )
    })

    test(`${page}: every call it names is in the table of routes`, async () => {
      const paths = ROUTES.map(({ method, path }) => `${method} ${path.replaceAll(/\{\w+\}/g, '*')}`)
      const named = [...(await read(page)).matchAll(/`(GET|POST|PUT|DELETE) (\/api\/v1\/[^`?\s]+)/g)].map(
        ([, method, path = '']) => `${method} ${path.replaceAll(/\{\w+\}/g, '*')}`,
      )
      deepEqual(
        named.filter((call) => !paths.includes(call)),
        [],
      )
    })
  }
})
