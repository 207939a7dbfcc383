/** Validates the gateway's own settings among each other. */

import type { Problem } from '../../model/problem.ts'
import { type GatewayOptions, MOST_THREADS } from '../options/gateway.ts'
import type { Parts } from '../salvage.ts'
import { problemAt, type Source } from '../source.ts'
import { checkControl } from './control.ts'

export interface CheckedGateway {
  readonly problems: readonly Problem[]
  readonly warnings: readonly Problem[]
}

export function checkGateway(source: Source, parts: Parts<GatewayOptions>): CheckedGateway {
  const problems: Problem[] = []
  const warnings: Problem[] = []
  const { data_plane: data, control, intake, limits } = parts
  if (data !== undefined && data.port === control?.port && data.port !== 0) {
    const found = `${data.port}, which is the data plane's port too`
    problems.push(problemAt(source, ['control', 'port'], { found, allowed: 'another port' }))
  }
  if (intake !== undefined && intake.keep_hours > intake.max_age_hours) {
    const found = `${intake.keep_hours}, which is longer than max_age_hours`
    problems.push(problemAt(source, ['intake', 'keep_hours'], { found, allowed: `at most ${intake.max_age_hours}` }))
  }
  if (limits !== undefined && limits.event_bytes > limits.batch_bytes) {
    const found = `${limits.event_bytes}, which is more than a whole batch`
    problems.push(problemAt(source, ['limits', 'event_bytes'], { found, allowed: `at most ${limits.batch_bytes}` }))
  }
  problems.push(...checkThreads(source, parts), ...checkCluster(source, parts))
  for (const [index, { name, format, template }] of (parts.desks ?? []).entries()) {
    if ((format === 'template') !== (template !== undefined)) {
      const found = template === undefined ? 'missing' : `there, and the format is ${format}`
      const allowed = 'there for the format template, and for no other'
      problems.push(problemAt(source, ['desks', index, 'template'], { found, allowed }))
    }
    if (parts.desks?.some((one, other) => other < index && one.name === name))
      problems.push(problemAt(source, ['desks', index, 'name'], { found: 'there twice', allowed: 'a name for each' }))
  }
  if (control !== undefined) {
    const checked = checkControl(source, control)
    problems.push(...checked.problems)
    warnings.push(...checked.warnings)
  }
  return { problems, warnings }
}

/** A cell has one; and each thread's share of what may be under way has room for a whole batch. */
function checkThreads(source: Source, { threads = 1, storage, limits, pressure }: Parts<GatewayOptions>): Problem[] {
  if (threads === 1) return []
  if (storage === 'cluster') {
    const found = `${threads}, and storage is cluster`
    const hint = 'Start more cells instead: docs/cluster.md.'
    return [problemAt(source, ['threads'], { found, allowed: '1', hint })]
  }
  if (limits === undefined || pressure === undefined) return []
  const most = threads === 'auto' ? MOST_THREADS : threads
  const least = most * limits.batch_bytes
  if (pressure.bytes_under_way >= least) return []
  const found = `${pressure.bytes_under_way}, which is less than a batch for each of ${most} threads`
  return [problemAt(source, ['pressure', 'bytes_under_way'], { found, allowed: `at least ${least}` })]
}

/** Every cell has to find what another one kept, and partners have to meet one pseudonym whichever cell they hear from. */
const SHARED_KEYS = ['index', 'encryption', 'pseudonym'] as const

function checkCluster(source: Source, parts: Parts<GatewayOptions>): readonly Problem[] {
  const { storage, cluster } = parts
  if (storage === 'embedded' && cluster !== undefined) {
    const hint = 'Set storage: cluster, or take the section out.'
    return [problemAt(source, ['cluster'], { found: 'there, and storage is embedded', hint, at: 'key' })]
  }
  if (storage !== 'cluster') return []
  const settings = {
    found: 'cluster, and nothing says which cell this is and where the database is',
    allowed: 'with cluster: { cell, database }',
    hint: 'docs/cluster.md says how one machine becomes many.',
  }
  const keys = SHARED_KEYS.filter((name) => !isThere(source.value, ['keys', name])).map((name) =>
    problemAt(source, ['keys', name], {
      found: 'missing, so every cell would make one of its own',
      allowed: '{ env: NAME } or { file: path }, of the same key in every cell',
      hint: name === 'index' ? 'Under another one nobody who opted out is found.' : '',
    }),
  )
  const files = {
    found: 'files, and a cluster has one source for all cells',
    allowed: 'store, or left out',
    hint: 'Publish the files of a folder with `sluice publish DIR`.',
  }
  return [
    ...(isThere(source.value, ['cluster']) ? [] : [problemAt(source, ['storage'], settings)]),
    ...(isThere(source.value, ['source']) && parts.source === 'files' ? [problemAt(source, ['source'], files)] : []),
    ...keys,
  ]
}

/** True for any value, valid or not: other checks report its problems. */
function isThere(value: unknown, [key, ...rest]: readonly string[]): boolean {
  if (key === undefined) return true
  // Sound: any value that is no primitive has keys.
  return (
    typeof value === 'object' &&
    value !== null &&
    key in value &&
    isThere((value as Record<string, unknown>)[key], rest)
  )
}
