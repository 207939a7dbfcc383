/** Formats an ops API error for a terminal: the sentence, then every detail. */

/** A problem+json answer (RFC 9457). */
type Refusal = Readonly<Record<string, unknown>>

const MEMBERS_OF_EVERY_PROBLEM: ReadonlySet<string> = new Set(['type', 'title', 'status', 'code', 'instance', 'detail'])
/** Body member in the API → option on the command line. */
const ON_THE_COMMAND_LINE: Readonly<Record<string, string>> = {
  ERR_ACCOUNTS_LINKED: 'Say --accounts include or --accounts leave.',
  ERR_LEGAL_HOLD: '`sluice hold list` names the holds; --despite-holds erases all the same.',
}

export function refusalLines(answer: Refusal, statusCode: number): string {
  const code = typeof answer.code === 'string' ? answer.code : String(statusCode)
  const title = typeof answer.title === 'string' ? answer.title : 'the gateway refused'
  const details = Object.entries(answer).flatMap(([name, value]) =>
    MEMBERS_OF_EVERY_PROBLEM.has(name) || value === undefined ? [] : detailLines(name, value),
  )
  const more = ON_THE_COMMAND_LINE[code]
  return [`${code}: ${title}`, ...details, ...(more === undefined ? [] : [more])].join('\n')
}

interface RequestProblem {
  readonly in?: string
  readonly path?: string
  readonly found?: string
  readonly allowed?: string
}

/** Request problems are objects; configuration problems are sentences. */
function detailLines(name: string, value: unknown): readonly string[] {
  if (name === 'problems' && Array.isArray(value))
    return value.map((problem: string | RequestProblem) =>
      typeof problem === 'string'
        ? `  ${problem}`
        : `  ${[problem.in, problem.path].filter(Boolean).join(' ')}: ${problem.found ?? ''}${problem.allowed === undefined ? '' : `; allowed: ${problem.allowed}`}`,
    )
  return [`  ${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`]
}

/** Turns a connection error into a sentence; returns other errors unchanged. */
export function asNoAnswer(error: unknown, control: string): unknown {
  if (!(error instanceof Error)) return error
  const code = 'code' in error ? error.code : undefined
  if (code === 'ECONNREFUSED')
    return new Error(`${control}: no gateway answers there. Is it running? Name its control address with --control.`, {
      cause: error,
    })
  return error
}
