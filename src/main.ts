/** The command line: one file a command in `cli/`. Exit 0 success, 1 finding, error or misuse; `diff` has codes of its own. */
import { Command } from 'commander'

/** In the order of the help. Loaded when asked for: most need little of the gateway, and none needs all the others. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import('./cli/serve.ts')).serveCommand(),
  demo: async () => (await import('./cli/demo.ts')).demoCommand(),
  check: async () => (await import('./cli/check.ts')).checkCommand(),
  diff: async () => (await import('./cli/diff.ts')).diffCommand(),
  proposals: async () => (await import('./cli/proposals.ts')).proposalsCommand(),
  choices: async () => (await import('./cli/choices.ts')).choicesCommand(),
  ledger: async () => (await import('./cli/ledger.ts')).ledgerCommand(),
  aggregate: async () => (await import('./cli/aggregate.ts')).aggregateCommand(),
  partners: async () => (await import('./cli/partners.ts')).partnersCommand(),
  simulate: async () => (await import('./cli/simulate.ts')).simulateCommand(),
  replay: async () => (await import('./cli/replay.ts')).replayCommand(),
  subject: async () => (await import('./cli/subject.ts')).subjectCommand(),
  hold: async () => (await import('./cli/hold.ts')).holdCommand(),
  backup: async () => (await import('./cli/backup.ts')).backupCommand(),
  restore: async () => (await import('./cli/backup.ts')).restoreCommand(),
  signals: async () => (await import('./cli/signals.ts')).signalsCommand(),
  token: async () => (await import('./cli/token.ts')).tokenCommand(),
  conformance: async () => (await import('./cli/conformance.ts')).conformanceCommand(),
}

export async function main(argv: readonly string[]): Promise<void> {
  const asked = argv[2] ?? ''
  // Help, and whatever is misspelt, needs them all.
  const names = Object.hasOwn(COMMANDS, asked) ? [asked] : Object.keys(COMMANDS)
  const program = new Command('sluice').description(
    'Ad-partner data sharing gateway: decides per user and per partner what may leave, sends exactly that, and proves it.',
  )
  for (const command of await Promise.all(names.map((name) => COMMANDS[name]!()))) program.addCommand(command)
  await program.parseAsync([...argv])
}
