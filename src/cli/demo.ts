/** `sluice demo`: runs the whole gateway against three local partner servers. */
import { createInterface } from 'node:readline'
import { Command } from 'commander'
import { formatBooks, printBooks } from './demo/books.ts'
import { runDemo } from './demo/run.ts'

export function demoCommand(): Command {
  return new Command('demo')
    .description(
      'Starts the gateway, three partners and realistic traffic; shows what each partner received and what was withheld.',
    )
    .argument('[config]', 'configuration folder', 'config')
    .option('--full', 'print every request as the partner received it')
    .option('--once', 'one pass, check the books and the ledger, stop')
    .option('--json', 'print only one JSON object at the end (with --once)')
    .action(
      async (
        config: string,
        options: { readonly once?: boolean; readonly json?: boolean; readonly full?: boolean },
      ) => {
        const once = options.once === true
        const say = options.json === true ? () => {} : (line: string) => console.log(line)
        const demo = await runDemo({ configFolder: config, ownPorts: once, full: options.full === true, say })
        if (options.json === true) console.log(JSON.stringify(formatBooks(demo.books)))
        else printBooks(demo.books, say)
        if (once) {
          await demo.stop()
          process.exitCode = demo.books.closes && demo.books.ledger.verified ? 0 : 1
          return
        }
        say('')
        say('It goes on running. Look at:')
        for (const [what, where] of demo.addresses) say(`  ${what.padEnd(22)} ${where}`)
        say('')
        await demo.propose()
        say(`Open ${await demo.signInLink()}`)
        say(
          'It signs you in once, within a minute. Enter prints a new link, Ctrl-C stops. Events keep coming; yours are told.',
        )
        const stopping = new AbortController()
        const streaming = demo.stream(stopping.signal)
        const keys = createInterface({ input: process.stdin })
        keys.on('line', () => void demo.signInLink().then((link) => say(`Open ${link}`)))
        const stop = async (): Promise<void> => {
          keys.close()
          stopping.abort()
          await streaming
          await demo.stop()
        }
        for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop())
      },
    )
}
