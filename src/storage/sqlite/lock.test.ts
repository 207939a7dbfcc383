import { equal, match, throws } from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { lockFolder } from './lock.ts'

describe('the lock on the data folder', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-lock-'))
  })
  after(() => rm(folder, { recursive: true }))

  test('a second owner is told whose folder it is, and gets it once the first lets go', () => {
    const first = lockFolder(join(folder, 'data'))
    throws(() => lockFolder(join(folder, 'data')), /data: another Sluice process uses this data folder/)
    first.release()
    lockFolder(join(folder, 'data')).release()
  })

  test('another process is kept out, and kill -9 of the owner frees the folder', async () => {
    const path = join(folder, 'shared')
    const script = `
      import { lockFolder } from ${JSON.stringify(new URL('./lock.ts', import.meta.url).href)}
      lockFolder(${JSON.stringify(path)})
      console.log('locked')
      setInterval(() => {}, 1000)`
    const owner = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [said] = await once(owner.stdout, 'data')
    match(String(said), /locked/)
    throws(() => lockFolder(path), /another Sluice process/)
    owner.kill('SIGKILL')
    const [, signal] = await once(owner, 'exit')
    equal(signal, 'SIGKILL')
    lockFolder(path).release()
  })
})
