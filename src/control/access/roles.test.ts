import { deepEqual } from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { OidcIssuer } from '../../contracts/config.ts'
import { rolesOf } from './roles.ts'

const roles: OidcIssuer['roles'] = {
  viewer: ['everyone'],
  editor: ['ops', 'leads'],
  approver: ['leads'],
  privacy_officer: [],
  auditor: [],
  aggregate: [],
}

describe('roles from claims', () => {
  const rows: readonly (readonly [string, readonly string[], object, readonly string[]])[] = [
    ['a list', ['groups'], { groups: ['ops', 'everyone'] }, ['viewer', 'editor']],
    ['one value may give several roles', ['groups'], { groups: ['leads'] }, ['editor', 'approver']],
    ['words, as in scope', ['scope'], { scope: 'openid ops' }, ['editor']],
    ['a claim inside others', ['realm_access', 'roles'], { realm_access: { roles: ['ops'] } }, ['editor']],
    ['a name with dots and slashes', ['https://x.example/roles'], { 'https://x.example/roles': ['ops'] }, ['editor']],
    ['a role that nothing gives', ['groups'], { groups: ['privacy_officer', 'auditor', ''] }, []],
    ['no such claim', ['groups'], { roles: ['ops'] }, []],
    ['a claim of another form', ['groups'], { groups: { ops: true } }, []],
    ['lists in lists', ['groups'], { groups: [['ops']] }, []],
    ['what every object has', ['constructor', 'name'], {}, []],
  ]
  for (const [what, rolesClaim, claims, expected] of rows) {
    test(what, () => {
      deepEqual(rolesOf(claims as Record<string, unknown>, { rolesClaim, roles }), expected)
    })
  }
})
