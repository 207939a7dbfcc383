import { deepEqual, equal, rejects } from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { temporaryFolder } from '../../../test/support/temporary-folder.ts'
import { STAFF_ROLES } from '../../model/actor.ts'
import { createAccess } from './access.ts'
import { openNamedTokens } from './named-tokens.ts'
import { createRate } from './rates.ts'
import { secretsIn } from './secrets.ts'

const accessOf = (named: Awaited<ReturnType<typeof openNamedTokens>>) =>
  createAccess({
    bootstrap: { is: (token) => token === 'root', rotate: async () => '' },
    named,
    idTokens: undefined,
    verifier: undefined,
    book: { note: async () => {} },
    failedLogins: createRate(100, () => 0),
    referenceOf: (issuer, subject) => `${issuer}#${subject}`,
  })

describe('named tokens', () => {
  test('are kept as a hash, outlive a restart, and are void once removed', async (t) => {
    const data = await temporaryFolder(t)
    const tokens = await openNamedTokens(secretsIn(data), () => 5)
    const token = await tokens.add('ann', ['editor', 'editor', 'approver'])
    equal((await readFile(join(data, 'tokens.json'), 'utf8')).includes(token), false)
    const again = await openNamedTokens(secretsIn(data), () => 6)
    deepEqual(again.list(), [{ name: 'ann', roles: ['editor', 'approver'], since: 5 }])
    equal(again.find(token)?.name, 'ann')
    equal(again.find(`${token}x`), undefined)
    await rejects(again.add('ann', ['viewer']), { code: 'ERR_TOKEN_NAME_TAKEN' })
    equal(await again.remove('ann'), true)
    equal(again.find(token), undefined)
    equal(await again.remove('ann'), false)
    deepEqual((await openNamedTokens(secretsIn(data), () => 7)).list(), [])
  })

  test('a damaged list lets nobody in and is not overwritten', async (t) => {
    const data = await temporaryFolder(t)
    await (await openNamedTokens(secretsIn(data), () => 0)).add('ann', ['viewer'])
    await writeFile(join(data, 'tokens.json'), '{"tokens":[{}]}')
    await rejects(
      openNamedTokens(secretsIn(data), () => 0),
      /tokens\.json\) is damaged/,
    )
  })

  test('one name is one person, also with another token; two names are two', async (t) => {
    const tokens = await openNamedTokens(secretsIn(await temporaryFolder(t)), () => 0)
    const access = accessOf(tokens)
    const root = await access.authenticate('root', '')
    const recorded: string[] = []
    const give = async (name: string) =>
      (await access.addToken(root, name, ['approver'], async (id) => void recorded.push(id))).token
    const [ann, ben] = [
      await access.authenticate(await give('ann'), ''),
      await access.authenticate(await give('ben'), ''),
    ]
    await access.removeToken(root, 'ann')
    const other = await access.authenticate(await give('ann'), '')
    equal(other.id, ann.id)
    equal(new Set([ann.id, ben.id, root.id]).size, 3)
    deepEqual([ann.roles, root.roles], [['approver'], STAFF_ROLES])
    deepEqual(recorded, [ann.id, ben.id, ann.id])
  })

  test('only the bootstrap token makes and removes them, and none is good that could not be recorded', async (t) => {
    const tokens = await openNamedTokens(secretsIn(await temporaryFolder(t)), () => 0)
    const access = accessOf(tokens)
    const root = await access.authenticate('root', '')
    const { token } = await access.addToken(root, 'ann', STAFF_ROLES, async () => {})
    const ann = await access.authenticate(token, '')
    await rejects(
      access.addToken(ann, 'ben', ['viewer'], async () => {}),
      { code: 'ERR_BOOTSTRAP_ONLY' },
    )
    await rejects(access.removeToken(ann, 'ann'), { code: 'ERR_BOOTSTRAP_ONLY' })
    const down = new Error('no ledger')
    await rejects(
      access.addToken(root, 'ben', ['viewer'], async () => {
        throw down
      }),
      down,
    )
    deepEqual(
      tokens.list().map(({ name }) => name),
      ['ann'],
    )
  })
})
