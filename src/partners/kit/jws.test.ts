/** Tokens of RFC 7515, appendices A.2 and A.3, and what is made of them by people who want to be believed. */
import { deepEqual, equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { claimsSignedBy, type PublicJwk } from './jws.ts'

const CLAIMS = { iss: 'joe', exp: 1300819380, 'http://example.com/is_root': true }
const PAYLOAD = 'eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ'

const EC_KEY: PublicJwk = {
  kty: 'EC',
  crv: 'P-256',
  x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
  y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
}
const EC_SIGNATURE = 'DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q'
const EC_TOKEN = `eyJhbGciOiJFUzI1NiJ9.${PAYLOAD}.${EC_SIGNATURE}`

const RSA_KEY: PublicJwk = {
  kty: 'RSA',
  n: 'ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ',
  e: 'AQAB',
}
const RSA_TOKEN = `eyJhbGciOiJSUzI1NiJ9.${PAYLOAD}.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw`

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

describe('partners: a token that a partner signed', () => {
  test('A.3, ECDSA with P-256 and SHA-256, and A.2, RSASSA-PKCS1-v1_5 with SHA-256', () => {
    deepEqual(claimsSignedBy(EC_TOKEN, [EC_KEY]), CLAIMS)
    deepEqual(claimsSignedBy(RSA_TOKEN, [RSA_KEY]), CLAIMS)
    deepEqual(claimsSignedBy(RSA_TOKEN, [EC_KEY, RSA_KEY]), CLAIMS)
  })
  const bad: readonly (readonly [string, string])[] = [
    ['another key’s', RSA_TOKEN],
    ['other claims', `eyJhbGciOiJFUzI1NiJ9.${part({ ...CLAIMS, iss: 'jim' })}.${EC_SIGNATURE}`],
    ['no signature', `eyJhbGciOiJFUzI1NiJ9.${PAYLOAD}.`],
    ['alg none', `${part({ alg: 'none' })}.${PAYLOAD}.`],
    ['alg none with a signature', `${part({ alg: 'none' })}.${PAYLOAD}.${EC_SIGNATURE}`],
    ['an HMAC under the public key', `${part({ alg: 'HS256' })}.${PAYLOAD}.${EC_SIGNATURE}`],
    ['another curve’s algorithm', `${part({ alg: 'ES384' })}.${PAYLOAD}.${EC_SIGNATURE}`],
    [
      'a signature of zeros (CVE-2022-21449)',
      `eyJhbGciOiJFUzI1NiJ9.${PAYLOAD}.${Buffer.alloc(64).toString('base64url')}`,
    ],
    ['an extension that must be understood', `${part({ alg: 'ES256', crit: ['exp'] })}.${PAYLOAD}.${EC_SIGNATURE}`],
    ['four parts', `${EC_TOKEN}.x`],
    ['two parts', EC_TOKEN.slice(0, EC_TOKEN.lastIndexOf('.'))],
    ['padding', EC_TOKEN.replace(EC_SIGNATURE, `${EC_SIGNATURE}=`)],
    ['spaces', ` ${EC_TOKEN}`],
    ['more than is read', `${EC_TOKEN}${'A'.repeat(50_000)}`],
    ['nothing', ''],
  ]
  for (const [what, token] of bad) test(`not with ${what}`, () => equal(claimsSignedBy(token, [EC_KEY]), undefined))
  test('not without a key', () => equal(claimsSignedBy(EC_TOKEN, []), undefined))
})
