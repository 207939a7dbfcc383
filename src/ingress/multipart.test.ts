import { deepEqual, rejects } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { GatewayError } from '../model/errors.ts'
import { parseMultipart } from './multipart.ts'

const TYPE = 'multipart/form-data; boundary=b0'
const formOf = (fields: number): Buffer =>
  Buffer.from(
    `${Array.from({ length: fields }, (_, index) => `--b0\r\nContent-Disposition: form-data; name="f${index}"\r\n\r\nv\r\n`).join('')}--b0--\r\n`,
  )

describe('a form in parts', () => {
  test('its fields, as a urlencoded form has them', async () => {
    deepEqual({ ...(await parseMultipart(formOf(2), TYPE)) }, { f0: 'v', f1: 'v' })
  })
  test('thousands of parts are refused before any is read', async () => {
    await rejects(
      parseMultipart(formOf(5_000), TYPE),
      (error: unknown) => error instanceof GatewayError && error.code === 'ERR_RELAY_SIZE',
    )
  })
})
