import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { passageOf } from './passage.ts'

const EVENT = {
  type: 'track',
  event: 'Order Completed',
  messageId: 'm-1',
  userId: 'u-42',
  context: {
    app: { name: 'Messenger' },
    ip: '203.0.113.77',
    traits: { email: 'ana@mail.example' },
    location: { city: 'San Jose', country: 'US' },
  },
}

test('what is in the request left, and what is nowhere in it stayed', () => {
  deepEqual(passageOf([EVENT], 'GET /pb?user=u-42&ip=203.0.113.0&city=San%20Jose'), {
    left: ['userId', 'ip (its network)', 'city'],
    stayed: ['email', 'ip (whole)', 'app name', 'country'],
  })
})

test('a country is found where it stands alone', () => {
  const of = (sent: string) => passageOf([{ context: { location: { country: 'US' } } }], sent).left
  deepEqual(
    [of('GET /pb?c=US&os=iOS'), of('{"country":"US"}'), of('{"currency":"USD"}')],
    [['country'], ['country'], []],
  )
})

test('a whole address is told as whole, and one of another network as nothing', () => {
  deepEqual(passageOf([{ context: { ip: '203.0.113.77' } }], 'ip=203.0.113.77'), { left: ['ip (whole)'], stayed: [] })
  deepEqual(passageOf([{ context: { ip: '203.0.113.77' } }], 'ip=198.51.100.0'), { left: [], stayed: ['ip (whole)'] })
})
