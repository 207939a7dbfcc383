/** `children`: subjects marked as children after data about them was sent; one item for each day and app. */
import { z } from 'zod'
import { CHILDREN_ACTION, type ChildrenItem } from '../../subjects/desk/children.ts'
import type { ControlDeps } from '../deps.ts'
import { PAGE_QUERY, pageOf, pageShape } from '../pages.ts'
import { type Route, route } from '../route.ts'
import { day } from './case-shape.ts'

/** Records read at a time. */
const PAGE = 1_000

export const CHILDREN_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/v1/children',
    id: 'listChildrenLearnt',
    summary: 'Counts subjects newly marked as children, by day and app, newest first.',
    notes:
      'Marked by event signals or with the write key, which are not proof: from then on nothing about the subject is sent, but no case is opened. A statement with the subject’s own token, or by staff, opens one.',
    roles: ['privacy_officer', 'auditor'],
    query: PAGE_QUERY,
    answers: {
      200: {
        says: 'A page of days.',
        shape: pageShape(z.strictObject({ day: z.iso.date(), app: z.string(), people: z.int().min(1) })),
      },
    },
    errors: ['ERR_CURSOR', 'ERR_LEDGER_UNAVAILABLE'],
    examples: [{ title: 'all of them' }],
    handler:
      (deps) =>
      async ({ query }) => {
        const days = new Map<string, ChildrenItem>()
        for (const item of [...(await onRecord(deps)), ...deps.children.pending()]) {
          const name = `${String(1e14 - item.day)} ${item.app}`
          days.set(name, { ...item, count: item.count + (days.get(name)?.count ?? 0) })
        }
        const page = pageOf([...days], ([name]) => name, query)
        return {
          body: {
            ...page,
            items: page.items.map(([, { day: at, app, count }]) => ({ day: day(at), app, people: count })),
          },
        }
      },
  }),
]

async function onRecord({ archive }: ControlDeps): Promise<readonly ChildrenItem[]> {
  const found: ChildrenItem[] = []
  for (let after: number | undefined; ; ) {
    const query = {
      kind: 'case',
      action: CHILDREN_ACTION,
      limit: PAGE,
      ...(after === undefined ? {} : { after }),
    } as const
    const { records, next } = await archive.find(query)
    for (const { time, facts } of records) {
      // Sound: only `ChildrenLearnt` writes records of this action.
      const { app, count } = facts as { readonly app: string; readonly count: number }
      found.push({ day: Number(time), app, count })
    }
    if (next === undefined) return found
    after = next
  }
}
