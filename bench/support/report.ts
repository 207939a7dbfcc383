/** What one benchmark found, and how it is printed: dated, with the machine, as a table that a page can quote. */
import { execFileSync } from 'node:child_process'
import { cpus, loadavg, release, tmpdir, totalmem, type } from 'node:os'

export interface Report {
  /** The question, as a heading. */
  readonly question: string
  /** How it was measured, in a sentence or two. */
  readonly method: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
  /** What was checked while measuring, and what else a reader should know. */
  readonly notes: readonly string[]
  /** What `--check` holds against its bounds, by name. */
  readonly figures?: Readonly<Record<string, number>>
}

/** What a benchmark may be asked to do otherwise; those that know no such thing pass it by. */
export interface BenchOptions {
  /** How large the thing measured grows. */
  readonly records?: number
  /** Fewer and shorter rounds. */
  readonly quick?: boolean
  /** Another checkout, whose gateway is measured in the same run. */
  readonly against?: string
}

export interface Benchmark {
  run(options: BenchOptions): Promise<Report>
}

export function formatReport({ question, method, columns, rows, notes }: Report, at: Date): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [
    `## ${question}`,
    '',
    `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC. ${machine()}.`,
    method,
    '',
    line(columns),
    line(columns.map((_, index) => (index === 0 ? '---' : '--:'))),
    ...rows.map(line),
    '',
    ...notes.map((note) => `- ${note}`),
    '',
  ].join('\n')
}

function machine(): string {
  const [first] = cpus()
  const [load = 0] = loadavg()
  const memory = Math.round(totalmem() / 2 ** 30)
  return [
    `${cpus().length} × ${first?.model.trim() ?? 'unknown processor'}`,
    `${memory} GB`,
    `${type()} ${release()}`,
    `Node ${process.versions.node}`,
    `data on ${fileSystemOf(tmpdir())}`,
    `load before ${load.toFixed(1)}`,
  ].join(', ')
}

/** A sync costs nothing on a file system in memory: a reader must see which one it was. */
function fileSystemOf(folder: string): string {
  if (process.platform !== 'linux') return process.platform
  return execFileSync('stat', ['--file-system', '--format=%T', folder], { encoding: 'utf8' }).trim()
}
