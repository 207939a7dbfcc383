/** Two people of a house's staff, by named tokens, so that what takes four eyes can be done. */
import { type Answer, fetchJson, type House } from './house.ts'

export type Officer = (method: 'GET' | 'POST' | 'PUT', path: string, body?: object) => Promise<Answer>

export async function officer(house: House, name: string, roles = ['privacy_officer']): Promise<Officer> {
  const { status, body } = await house.staff('POST', '/api/v1/access/tokens', { name, roles })
  if (status !== 201) throw new Error(JSON.stringify(body))
  return (method, path, given) =>
    fetchJson(`${house.gateway.controlUrl}/api/v1/${path}`, method, given, { authorization: `Bearer ${body.token}` })
}

/** A handle, as staff has it after looking somebody up. */
export async function handleOf(asks: Officer, identities: object): Promise<string> {
  const { status, body } = await asks('POST', 'subjects/lookup', { identities })
  if (status !== 200) throw new Error(JSON.stringify(body))
  return body.handle
}
