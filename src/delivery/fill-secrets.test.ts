import { equal } from 'node:assert/strict'
import { test } from 'node:test'
import type { PartnerRequest } from '../partners/kit/type.ts'
import { fillSecrets } from './fill-secrets.ts'

const SECRET = 'a"b\\c&d=e f'
const request = (part: Partial<PartnerRequest>): PartnerRequest => ({
  method: 'POST',
  origin: 'https://partner.example',
  path: '/',
  headers: {},
  body: '',
  ...part,
})
const filled = (part: Partial<PartnerRequest>): PartnerRequest =>
  fillSecrets(request(part), ['key'], { key: { env: 'KEY' } }, () => SECRET)

test('a secret is itself again for whoever reads the JSON, the form, the query or the header it stands in', () => {
  equal(JSON.parse(filled({ body: '{"data":[],"access_token":"{{secret:key}}"}' }).body).access_token, SECRET)
  equal(new URLSearchParams(filled({ body: 'a=1&token={{secret:key}}' }).body).get('token'), SECRET)
  equal(new URLSearchParams(filled({ path: '/p?token={{secret:key}}' }).path.split('?')[1]).get('token'), SECRET)
  equal(filled({ headers: { Authorization: 'Bearer {{secret:key}}' } }).headers.Authorization, `Bearer ${SECRET}`)
})
