import { deepEqual, equal } from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { IdentityKey } from '../../model/brand.ts'
import { openSubjectKeys } from './subject-keys.ts'

describe('the file of subject keys', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-keys-'))
  })
  after(() => rm(folder, { recursive: true }))

  test('a removed key is in no file of the folder any more, and its id is never given again', async () => {
    const path = join(folder, 'keys', 'subjects.db')
    const store = openSubjectKeys(path)
    const ann = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' as IdentityKey
    const wrapped = Buffer.from('a very recognisable wrapped key')
    const ids = store.add([
      { identity: 'bob' as IdentityKey, epoch: 682, wrapped: Buffer.from('another') },
      { identity: ann, epoch: 682, wrapped },
    ])
    deepEqual(ids, [1, 2])
    const onDisk = async (): Promise<boolean> => {
      const names = await readdir(join(folder, 'keys'))
      const files = await Promise.all(names.map((name) => readFile(join(folder, 'keys', name))))
      return files.some((bytes) => bytes.includes(wrapped) || bytes.includes(ann))
    }
    equal(await onDisk(), true)
    deepEqual(store.remove([ann, 'nobody' as IdentityKey]), [2])
    equal(await onDisk(), false)
    equal(store.byId(2), undefined)
    deepEqual(store.add([{ identity: ann, epoch: 682, wrapped }]), [3])
    store.close()
    const reopened = openSubjectKeys(path)
    equal(reopened.find(ann, 682)?.id, 3)
    equal(reopened.byId(1)?.identity, 'bob')
    reopened.close()
  })
})
