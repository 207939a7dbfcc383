/** Lists of opt-outs as companies have them. */
import { match, strictEqual } from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { webhookContract } from '../../support/config-folder.ts'
import type { Ran } from '../../support/sluice.ts'
import type { World } from '../harness/world.ts'
import type { WorldCase } from '../harness/world-case.ts'

async function runImport(world: World, text: string | Buffer): Promise<Ran> {
  const partner = await world.partner()
  const gateway = await world.gateway({ contracts: [webhookContract('one', partner.origin)] })
  const file = join(gateway.folder.root, 'opt-outs.csv')
  await writeFile(file, text)
  const token = join(gateway.data, 'keys', 'staff.token')
  return world.sluice(['choices', 'import', file, '--control', gateway.controlUrl, '--token-file', token])
}
const ID = '6d92078a-8246-4ba4-ae5b-76104861e7dc'

export const world: WorldCase = {
  source: 'spreadsheets write `;` where a comma is in every number (list separator of the locale); RFC 4180',
  faults: {
    'import-bad-id': async (world) => {
      const { code, out, err } = await runImport(world, `kind,value\nadvertising_id,not-a-uuid\nuser,u-1\n`)
      strictEqual(code, 1)
      match(err, /^line 2: /m)
      match(out, /1 opt-outs stored and in force, 1 lines refused/)
    },
    'import-semicolon': async (world) => {
      const { code, out, err } = await runImport(world, `kind;value;denies\nuser;u-1;sale\nadvertising_id;${ID};\n`)
      strictEqual((code === 0 && out.startsWith('2 opt-outs')) || /separat|comma|semicolon/i.test(err), true, out + err)
    },
    'import-tab': async (world) => {
      const { code, out, err } = await runImport(world, `kind\tvalue\r\nuser\tu-1\r\n`)
      strictEqual((code === 0 && out.startsWith('1 opt-outs')) || /separat|comma|tab/i.test(err), true, out + err)
    },
  },
  neighbours: {
    'a list with commas, quotes and a byte order mark': async (world) => {
      const { code, out } = await runImport(
        world,
        `\uFEFFkind,value\r\nuser,"u; 1"\r\nadvertising_id,${ID.toUpperCase()}\r\n`,
      )
      strictEqual(code, 0)
      match(out, /2 opt-outs stored and in force, 0 lines refused/)
    },
    'an id of another case or without dashes': async (world) => {
      const { code } = await runImport(world, `kind,value\nadvertising_id,${ID.replaceAll('-', '')}\n`)
      strictEqual(code, 0)
    },
  },
}
