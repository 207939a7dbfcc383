/** `sluice demo`: the whole way on real parts, with three partners' servers on this machine. */
import { Command } from 'commander'
import { formatBooks, printBooks } from './demo/books.ts'
import { runDemo } from './demo/run.ts'

export function demoCommand(): Command {
  return new Command('demo')
    .description(
      'Starts the gateway, three partners and realistic traffic; shows what each partner received and what was withheld.',
    )
    .argument('[config]', 'configuration folder', 'config')
    .option('--once', 'one pass, check the books and the ledger, stop')
    .option('--json', 'print only one JSON object at the end (with --once)')
    .action(async (config: string, options: { readonly once?: boolean; readonly json?: boolean }) => {
      const once = options.once === true
      const say = options.json === true ? () => {} : (line: string) => console.log(line)
      const demo = await runDemo({ configFolder: config, ownPorts: once, say })
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
      say('Stop with Ctrl-C.')
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void demo.stop())
    })
}
