import { equal, throws } from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { createSecretReader, SecretUnreadable } from './secrets.ts'

test('a secret that is empty is none: nobody proves anything by it, or signs with it', async (t) => {
  const file = join(await temporaryFolder(t), 'key')
  const read = createSecretReader({ EMPTY: '' })
  throws(() => read({ env: 'EMPTY' }), SecretUnreadable)
  for (const text of ['', '\n']) {
    await writeFile(file, text)
    throws(() => read({ file }), SecretUnreadable)
  }
  await writeFile(file, 'a key\n')
  equal(read({ file }), 'a key')
})
