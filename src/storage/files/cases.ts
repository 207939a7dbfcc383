/** Cases as files: `<data>/cases/<id>.json`, and each case's own key, wrapped, in `<data>/keys/cases/<id>.key`. */
import { mkdir, open, readdir, readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { tryJson } from '../../model/json-text.ts'
import { ifThere, syncFolder, writeDurably } from '../../platform/durable-file.ts'
import type { CaseKeyStore, CaseStore, KeptCase } from '../../subjects/desk/store.ts'

const CASE_FILE = /^([0-9a-z]{12})\.json$/

export function casesIn(dataFolder: string): CaseStore {
  const folder = join(dataFolder, 'cases')
  return {
    all: async () => {
      const names = ((await ifThere(readdir(folder))) ?? []).filter((name) => CASE_FILE.test(name))
      const cases: KeptCase[] = []
      const damaged: string[] = []
      for (const name of names) {
        const kept = readCase(await readFile(join(folder, name), 'utf8'), CASE_FILE.exec(name)![1]!)
        if (kept === undefined)
          damaged.push(`${join(folder, name)} is not a case. Restore it from a backup, or remove it.`)
        else cases.push(kept)
      }
      return { cases, damaged }
    },
    keep: async ({ id, shell, sealed }) => {
      await makeFolder(folder)
      const whole = { shell: JSON.parse(shell), ...(sealed === undefined ? {} : { sealed: base64(sealed) }) }
      await writeDurably(join(folder, `${id}.json`), `${JSON.stringify(whole)}\n`)
    },
    remove: async (id) => {
      await rm(join(folder, `${id}.json`), { force: true })
      await ifThere(syncFolder(folder))
    },
  }
}

export function caseKeysIn(dataFolder: string): CaseKeyStore {
  const folder = join(dataFolder, 'keys', 'cases')
  const pathOf = (id: string): string => join(folder, `${id}.key`)
  return {
    read: (id) => ifThere(readFile(pathOf(id))),
    write: async (id, wrapped) => {
      await makeFolder(folder)
      await writeDurably(pathOf(id), wrapped)
    },
    destroy: async (id) => {
      const file = await ifThere(open(pathOf(id), 'r+'))
      if (file === undefined) return
      try {
        const { size } = await file.stat()
        await file.write(Buffer.alloc(size), 0, size, 0)
        await file.sync()
      } finally {
        await file.close()
      }
      await rm(pathOf(id), { force: true })
      await syncFolder(folder)
    },
  }
}

async function makeFolder(folder: string): Promise<void> {
  const made = await mkdir(folder, { recursive: true, mode: 0o700 })
  if (made !== undefined) await syncFolder(dirname(made))
}

/** Undefined for a text that this module did not write. */
function readCase(text: string, id: string): KeptCase | undefined {
  const { shell, sealed } = (tryJson(text) ?? {}) as {
    readonly shell?: { readonly id?: unknown }
    readonly sealed?: unknown
  }
  if (shell?.id !== id || (sealed !== undefined && typeof sealed !== 'string')) return undefined
  return { id, shell: JSON.stringify(shell), sealed: sealed === undefined ? undefined : Buffer.from(sealed, 'base64') }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}
