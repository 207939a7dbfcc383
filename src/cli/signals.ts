/** `sluice signals [FILE]`: decodes lines of raw signals and prints the verdict with its reasons. */
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { Command } from 'commander'
import { loadConfig } from '../contracts/load.ts'
import { reportSignals, type SignalReport } from '../flow/signal-report.ts'
import { formatProblem } from '../model/problem.ts'
import { partnerTypes } from '../partners/registry.ts'
import { createDecoders } from '../signals/decoders.ts'
import { createCountryReader } from '../signals/place.ts'
import { parseSignalLine } from './signal-lines.ts'

interface Options {
  readonly config: string
  readonly app?: string
  readonly at?: string
  readonly json?: boolean
}

/** Exits 0 if every line could be parsed, 1 otherwise. */
export function signalsCommand(): Command {
  return new Command('signals')
    .description(
      'Explains privacy signals: reads JSON lines ({"us_privacy":"1YYN","gpp":"…","gpp_sid":"7","tcf":"…","gpc":"1","country":"US","region":"CA"}) from FILE or standard input.',
    )
    .argument('[FILE]', 'JSON lines; standard input where it is missing or -')
    .option('--config <dir>', 'configuration folder whose policy applies', 'config')
    .option('--app <id>', 'app whose mapping of consent categories applies')
    .option('--at <time>', 'judge as at this time (ISO 8601) instead of now')
    .option('--json', 'print one JSON object a line')
    .action(run)
}

async function run(file: string | undefined, options: Options): Promise<void> {
  const loaded = await loadConfig(options.config, partnerTypes(), Date.now())
  const at = options.at === undefined ? Date.now() : Date.parse(options.at)
  if (!loaded.ok || Number.isNaN(at)) {
    for (const problem of loaded.ok ? [] : loaded.problems) console.error(`error   ${formatProblem(problem)}`)
    if (Number.isNaN(at)) console.error('error   --at is not a time; write 2026-01-31T12:00:00Z')
    process.exitCode = 1
    return
  }
  const { policy, apps } = loaded.config.plans
  const app = apps.find(({ id }) => id === options.app)
  if (options.app !== undefined && app === undefined) {
    console.error(`error   no app ${options.app}; there are: ${apps.map(({ id }) => id).join(', ')}`)
    process.exitCode = 1
    return
  }
  const countryOf = createCountryReader()
  const decoders = createDecoders()
  const input = file === undefined || file === '-' ? process.stdin : createReadStream(file)
  let number = 0
  for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    number++
    if (text.trim() === '') continue
    const line = parseSignalLine(text, countryOf)
    if ('problem' in line) {
      process.exitCode = 1
      console.error(`line ${number}: ${line.problem}`)
      if (options.json === true) console.log(JSON.stringify({ line: number, problem: line.problem }))
      continue
    }
    const categories = line.categories ?? app?.consentCategories ?? {}
    const report = reportSignals(line.raw, { policy, categories }, decoders, at)
    console.log(options.json === true ? asJson(number, report) : asText(number, report))
  }
}

function asJson(line: number, { decoded, explained }: SignalReport): string {
  return JSON.stringify({ line, decoded, verdict: explained })
}

function asText(line: number, { decoded, explained }: SignalReport): string {
  const signals = decoded.map(({ signal, state, problem, value }) => {
    const what =
      state === 'invalid' ? `cannot be used: ${problem}` : state === 'absent' ? 'as if absent' : JSON.stringify(value)
    return `    ${signal}: ${what}`
  })
  return [
    `line ${line}`,
    '  what came',
    ...(signals.length === 0 ? ['    no signal'] : signals),
    '  what it means',
    ...explained.words.map((word) => `    ${word}`),
  ].join('\n')
}
