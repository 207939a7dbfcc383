/**
 * Whether a commit on this primary proves that no other primary took its place. `synchronous_standby_names` as PostgreSQL 15
 * reads it (§20.6.1): `FIRST n (a, b)`, `ANY n (a, b)`, `n (a, b)` and `a, b`, which mean FIRST; `*` is any server.
 *
 * With two standbys of which one suffices, a standby that was promoted leaves the old primary with the other one, which
 * goes on confirming its commits, and so its leases. Either every standby has to confirm, or something else makes sure that
 * the old primary is stopped first.
 */
import type { ClusterConfig } from '../contracts/config.ts'

export type Safety = Pick<ClusterConfig, 'allowSingleCopy' | 'fencing'>

/** Why a cell must not act on this primary's commits; undefined where it may. */
export function whyUnsafe(setting: string, { allowSingleCopy, fencing }: Safety): string | undefined {
  const text = setting.trim()
  if (text === '') {
    if (allowSingleCopy) return undefined
    return 'synchronous_standby_names is empty, so a commit is on one machine: name the standbys, or set allow_single_copy: true'
  }
  if (fencing !== 'none') return undefined
  const listed = /^(?:(?:any|first)\s+)?(\d+)\s*\(([^()]*)\)$/i.exec(text)
  const needed = listed === null ? 1 : Number(listed[1])
  const names = (listed?.[2] ?? text).split(',').map((name) => name.trim())
  if (!names.includes('*') && needed >= names.length) return undefined
  return (
    `synchronous_standby_names lets ${needed} of ${names.includes('*') ? 'any number of' : names.length} standbys confirm a commit: a replaced ` +
    'primary would go on. Let every standby confirm, or set fencing: patroni or managed'
  )
}
