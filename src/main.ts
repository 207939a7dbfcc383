/** The command line: one file a command in `cli/`. Exit 0 success, 1 finding, error or misuse; `diff` has codes of its own. */
import { Command } from 'commander'
import { aggregateCommand } from './cli/aggregate.ts'
import { backupCommand, restoreCommand } from './cli/backup.ts'
import { checkCommand } from './cli/check.ts'
import { choicesCommand } from './cli/choices.ts'
import { conformanceCommand } from './cli/conformance.ts'
import { demoCommand } from './cli/demo.ts'
import { diffCommand } from './cli/diff.ts'
import { holdCommand } from './cli/hold.ts'
import { ledgerCommand } from './cli/ledger.ts'
import { partnersCommand } from './cli/partners.ts'
import { proposalsCommand } from './cli/proposals.ts'
import { replayCommand } from './cli/replay.ts'
import { serveCommand } from './cli/serve.ts'
import { signalsCommand } from './cli/signals.ts'
import { simulateCommand } from './cli/simulate.ts'
import { subjectCommand } from './cli/subject.ts'
import { tokenCommand } from './cli/token.ts'

export async function main(argv: readonly string[]): Promise<void> {
  const program = new Command('sluice')
    .description(
      'Ad-partner data sharing gateway: decides per user and per partner what may leave, sends exactly that, and proves it.',
    )
    .addCommand(serveCommand())
    .addCommand(demoCommand())
    .addCommand(checkCommand())
    .addCommand(diffCommand())
    .addCommand(proposalsCommand())
    .addCommand(choicesCommand())
    .addCommand(ledgerCommand())
    .addCommand(aggregateCommand())
    .addCommand(partnersCommand())
    .addCommand(simulateCommand())
    .addCommand(replayCommand())
    .addCommand(subjectCommand())
    .addCommand(holdCommand())
    .addCommand(backupCommand())
    .addCommand(restoreCommand())
    .addCommand(signalsCommand())
    .addCommand(tokenCommand())
    .addCommand(conformanceCommand())
  await program.parseAsync([...argv])
}
