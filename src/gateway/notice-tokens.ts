/** Signs the tokens of a notice's request. */
import { SignJWT } from 'jose'
import { type NoticeRequest, tokenPlaceholder } from '../partners/kit/notices.ts'
import type { DeletionSigning } from '../subjects/deletion-requests.ts'

/** By the gateway's own key for deletion requests, whose public half lies at `/dsrdelete.json`. */
export async function signedTokens(
  request: NoticeRequest,
  { key, publicJwk }: DeletionSigning,
  issuer: string | undefined,
): Promise<NoticeRequest> {
  const { tokens = [], ...plain } = request
  if (tokens.length === 0) return request
  const signed: (readonly [string, string])[] = []
  const filled = (text: string): string =>
    signed.reduce((filling, [name, token]) => filling.replaceAll(tokenPlaceholder(name), token), text)
  for (const { name, claims } of tokens) {
    const said = JSON.parse(filled(JSON.stringify(claims))) as Record<string, string>
    const token = await new SignJWT(said.iss === undefined && issuer !== undefined ? { ...said, iss: issuer } : said)
      .setProtectedHeader({ alg: 'ES256', typ: 'JWT', kid: publicJwk.kid as string })
      .sign(key)
    signed.push([name, token])
  }
  const headers = Object.entries(plain.headers).map(([name, value]) => [name, filled(value)] as const)
  return { ...plain, body: filled(plain.body), headers: Object.fromEntries(headers) }
}
