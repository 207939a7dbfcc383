/** The command line: one file a command in `cli/`. Exit 0 success, 1 finding, error or misuse; `diff` has codes of its own. */
import { Command } from 'commander'
import { readVersion } from './platform/version.ts'

/** In the order of the help. Loaded when asked for: most need little of the gateway, and none needs all the others. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import('./cli/serve.ts')).serveCommand(),
  demo: async () => (await import('./cli/demo.ts')).demoCommand(),
  console: async () => (await import('./cli/console.ts')).consoleCommand(),
  init: async () => (await import('./cli/init.ts')).initCommand(),
  check: async () => (await import('./cli/check.ts')).checkCommand(),
  diff: async () => (await import('./cli/diff.ts')).diffCommand(),
  publish: async () => (await import('./cli/publish.ts')).publishCommand(),
  proposals: async () => (await import('./cli/proposals.ts')).proposalsCommand(),
  rollout: async () => (await import('./cli/publish.ts')).rolloutCommand(),
  rollback: async () => (await import('./cli/publish.ts')).rollbackCommand(),
  stop: async () => (await import('./cli/stop.ts')).stopCommand(),
  resume: async () => (await import('./cli/stop.ts')).resumeCommand(),
  'dead-letters': async () => (await import('./cli/dead-letters.ts')).deadLettersCommand(),
  inbox: async () => (await import('./cli/inbox.ts')).inboxCommand(),
  choices: async () => (await import('./cli/choices.ts')).choicesCommand(),
  ledger: async () => (await import('./cli/ledger.ts')).ledgerCommand(),
  aggregate: async () => (await import('./cli/aggregate.ts')).aggregateCommand(),
  partners: async () => (await import('./cli/partners.ts')).partnersCommand(),
  simulate: async () => (await import('./cli/simulate.ts')).simulateCommand(),
  replay: async () => (await import('./cli/replay.ts')).replayCommand(),
  guard: async () => (await import('./cli/guard.ts')).guardCommand(),
  subject: async () => (await import('./cli/subject.ts')).subjectCommand(),
  case: async () => (await import('./cli/case.ts')).caseCommand(),
  disclosure: async () => (await import('./cli/disclosure.ts')).disclosureCommand(),
  pack: async () => (await import('./cli/pack.ts')).packCommand(),
  hold: async () => (await import('./cli/hold.ts')).holdCommand(),
  backup: async () => (await import('./cli/backup.ts')).backupCommand(),
  restore: async () => (await import('./cli/backup.ts')).restoreCommand(),
  upgrade: async () => (await import('./cli/backup.ts')).upgradeCommand(),
  signals: async () => (await import('./cli/signals.ts')).signalsCommand(),
  cluster: async () => (await import('./cli/cluster.ts')).clusterCommand(),
  ready: async () => (await import('./cli/ready.ts')).readyCommand(),
  status: async () => (await import('./cli/status.ts')).statusCommand(),
  token: async () => (await import('./cli/token.ts')).tokenCommand(),
  why: async () => (await import('./cli/why.ts')).whyCommand(),
  completion: async () => {
    const { completionCommand } = await import('./cli/completion.ts')
    return completionCommand(async () => loaded(Object.keys(COMMANDS).filter((name) => name !== 'completion')))
  },
}

export async function main(argv: readonly string[]): Promise<void> {
  const asked = argv[2] ?? ''
  // Help, and whatever is misspelt, needs them all; the version needs none.
  const isVersion = asked === '--version' || asked === '-V'
  const names = Object.hasOwn(COMMANDS, asked) ? [asked] : isVersion ? [] : Object.keys(COMMANDS)
  const program = new Command('sluice')
    .description(
      'Ad-partner data sharing gateway: decides per user and per partner what may leave, sends exactly that, and proves it.',
    )
    .version(readVersion(), '-V, --version', 'which Sluice this is')
  for (const command of await loaded(names)) program.addCommand(command)
  try {
    await program.parseAsync([...argv])
  } catch (error) {
    process.stderr.write(`${sentenceOf(error)}\n`)
    // Threads of a start that failed halfway must not keep the process.
    process.exit(1)
  }
}

function loaded(names: readonly string[]): Promise<readonly Command[]> {
  return Promise.all(names.map((name) => COMMANDS[name]!()))
}

/** What an operator reads: a sentence. `SLUICE_DEBUG=1` adds where in the program it was. */
function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return `sluice: ${String(error)}`
  if (process.env.SLUICE_DEBUG === '1') return error.stack ?? error.message
  const isOurFault = error instanceof TypeError || error instanceof ReferenceError || error instanceof RangeError
  const more = isOurFault ? '\nThis looks like a fault of Sluice itself. SLUICE_DEBUG=1 shows where.' : ''
  return `${error.message === '' ? error.name : error.message}${more}`
}
