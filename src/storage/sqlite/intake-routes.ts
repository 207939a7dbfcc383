import type { Route } from '../../intake/store.ts'
import type { PartnerId } from '../../model/brand.ts'

/** The route numbers of one file. */
export interface RouteTable {
  /** Assigns the next number, from 1, unless `id` is given. */
  add(route: Route, id?: number): number
  /** Undoes the last `add`. */
  remove(route: Route): void
  idOf(route: Route): number | undefined
  /** Throws on an undefined number: the file is damaged. */
  routeOf(id: number): Route
  /** Numbers of the routes to a partner as a JSON list; undefined if there is none. */
  idsFor(partner: PartnerId): string | undefined
}

export function routeTable(): RouteTable {
  const ids = new Map<Route, number>()
  const byId = new Map<number, Route>()
  const lists = new Map<PartnerId, string | undefined>()
  let next = 1
  return {
    add: (route, id = next) => {
      next = Math.max(next, id + 1)
      ids.set(route, id)
      byId.set(id, route)
      lists.clear()
      return id
    },
    remove: (route) => {
      const id = ids.get(route)
      if (id === undefined) return
      next = id
      ids.delete(route)
      byId.delete(id)
      lists.clear()
    },
    idOf: (route) => ids.get(route),
    routeOf: (id) => {
      const route = byId.get(id)
      if (route === undefined) throw new Error(`an events file names route ${id}, which it does not define`)
      return route
    },
    idsFor: (partner) => {
      if (!lists.has(partner)) {
        const found = [...ids].filter(([route]) => route.partners.includes(partner)).map(([, id]) => id)
        lists.set(partner, found.length === 0 ? undefined : JSON.stringify(found))
      }
      return lists.get(partner)
    },
  }
}
