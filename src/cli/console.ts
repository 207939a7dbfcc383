/** `sluice console`: a link that opens the console of a running gateway. */
import { Command } from 'commander'
import { signInLink } from './control/sign-in.ts'
import { orRefuse, type StaffFlags, withStaffFlags } from './control/staff.ts'

export function consoleCommand(): Command {
  return withStaffFlags(new Command('console'))
    .description('Prints a link that opens the console, signed in with your token: good once, for 60 seconds.')
    .action((flags: StaffFlags) =>
      orRefuse(async () => {
        const link = await signInLink(flags)
        console.log(flags.json === true ? JSON.stringify({ link }) : link)
      }),
    )
}
