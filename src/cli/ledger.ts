/** `sluice ledger …`: reads and verifies the ledger's files, also while the gateway runs. Read-only. */
import { Command } from 'commander'
import { exportCommand } from './ledger/export.ts'
import { fsckCommand } from './ledger/fsck.ts'
import { proofCommand } from './ledger/proof.ts'
import { protocolCommand } from './ledger/protocol.ts'
import { rotateKeyCommand } from './ledger/rotate-key.ts'
import { subjectCommand } from './ledger/subject.ts'
import { tailCommand } from './ledger/tail.ts'
import { verifyCommand } from './ledger/verify.ts'

export function ledgerCommand(): Command {
  return new Command('ledger')
    .description('read and verify the record of every disclosure')
    .addCommand(fsckCommand())
    .addCommand(verifyCommand())
    .addCommand(proofCommand())
    .addCommand(subjectCommand())
    .addCommand(protocolCommand())
    .addCommand(tailCommand())
    .addCommand(exportCommand())
    .addCommand(rotateKeyCommand())
}
