/** Apps whose users have tokens of their own, for checks of what a person may ask. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { WRITE_KEY } from '../../support/config-folder.ts'
import type { World } from './world.ts'

export interface Users {
  /** The app with its users, for `world.gateway({ apps: [...] })`. */
  readonly app: object
  /** An authorization header that proves the user. */
  token(user: string): Promise<{ readonly authorization: string }>
}

export async function usersOf(world: World, part: object = {}): Promise<Users> {
  const issuer = await world.issuer()
  const jwks = join(await world.emptyFolder(), 'jwks.json')
  await writeFile(jwks, JSON.stringify(issuer.jwks))
  return {
    app: {
      id: 'messenger-ios',
      name: 'Messenger',
      platform: 'ios',
      bundle: 'com.example.messenger',
      write_keys: [WRITE_KEY],
      users: { jwks, issuer: 'https://id.example/', audience: 'sluice', claim: 'sub' },
      ...part,
    },
    token: async (user) => ({
      authorization: `Bearer ${await issuer.token({ subject: user, audience: 'sluice', issuer: 'https://id.example/' })}`,
    }),
  }
}
