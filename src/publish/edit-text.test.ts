import { deepEqual, equal, throws } from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { parse } from 'yaml'
import { type Edit, EditImpossible, editText } from './edit-text.ts'

const TEXT = `# Who they are
id: acme          # never changes
name: "Acme"   # as on their letters
share:
  # the /24 is enough
  ip: [24, 48]
  os: pass

  email: pass     # until the audit
when_restricted: { send: limited, share: { os: reduced } }   # may only lower
events:
  Order Completed: { as: purchase, properties: { revenue: value } }
list:
  - one   # first
  - two
# the end
`

describe('editing one value of a text', () => {
  const rows: readonly (readonly [string, Edit, (text: string) => string])[] = [
    ['a word', { path: ['share', 'os'], value: 'reduced' }, (text) => text.replace('os: pass', 'os: reduced')],
    ['a list', { path: ['share', 'ip'], value: [16, 48] }, (text) => text.replace('[24, 48]', '[ 16, 48 ]')],
    ['a quoted text', { path: ['name'], value: 'Acme: new' }, (text) => text.replace('"Acme"', '"Acme: new"')],
    [
      'deep in a line',
      { path: ['when_restricted', 'share', 'os'], value: 'drop' },
      (text) => text.replace('os: reduced', 'os: drop'),
    ],
    [
      'a key more in a block',
      { path: ['share', 'place'], value: 'city' },
      (text) => text.replace('# until the audit\n', '# until the audit\n  place: city\n'),
    ],
    [
      'a key more in a line',
      { path: ['when_restricted', 'share', 'place'], value: 'city' },
      (text) => text.replace('os: reduced }', 'os: reduced, place: city }'),
    ],
    ['a key less in a block', { path: ['share', 'os'], value: undefined }, (text) => text.replace('  os: pass\n', '')],
    ['an entry of a list', { path: ['list', 0], value: 'three' }, (text) => text.replace('- one ', '- three ')],
    ['what it says already', { path: ['id'], value: 'acme' }, (text) => text],
  ]
  for (const [what, edit, expected] of rows) {
    test(what, () => {
      const edited = editText(TEXT, [edit])
      equal(edited.replaceAll("'Acme: new'", '"Acme: new"'), expected(TEXT))
    })
  }

  test('line ends stay as they are', () => {
    const windows = TEXT.replaceAll('\n', '\r\n')
    const edited = editText(windows, [{ path: ['share', 'place'], value: 'city' }])
    equal(edited.replaceAll('\r\n', '').includes('\n'), false)
    equal(parse(edited).share.place, 'city')
  })

  describe('what an alias shares', () => {
    const shared = 'a: &x { p: 1 } # ours\nb: *x\nc: *x\n'
    const cases: readonly (readonly [string, Edit, unknown])[] = [
      ['an edit inside an alias', { path: ['b', 'p'], value: 2 }, { a: { p: 1 }, b: { p: 2 }, c: { p: 1 } }],
      ['a key less inside an alias', { path: ['b', 'p'], value: undefined }, { a: { p: 1 }, b: {}, c: { p: 1 } }],
      ['an alias replaced', { path: ['b'], value: 5 }, { a: { p: 1 }, b: 5, c: { p: 1 } }],
      ['an edit inside what is named', { path: ['a', 'p'], value: 2 }, { a: { p: 2 }, b: { p: 1 }, c: { p: 1 } }],
      ['what is named replaced', { path: ['a'], value: 3 }, { a: 3, b: { p: 1 }, c: { p: 1 } }],
      ['what is named removed', { path: ['a'], value: undefined }, { b: { p: 1 }, c: { p: 1 } }],
    ]
    for (const [what, edit, expected] of cases)
      test(`${what} changes that place alone`, () => deepEqual(parse(editText(shared, [edit])), expected))

    test('names inside what is shared, and inside what is replaced', () => {
      const nested = 'a: &x { p: &y { q: 1 }, r: *y }\nb: *x\nc: *y\n'
      deepEqual(parse(editText(nested, [{ path: ['b', 'p', 'q'], value: 2 }])), {
        a: { p: { q: 1 }, r: { q: 1 } },
        b: { p: { q: 2 }, r: { q: 1 } },
        c: { q: 1 },
      })
      deepEqual(parse(editText(nested, [{ path: ['a'], value: 0 }])), {
        a: 0,
        b: { p: { q: 1 }, r: { q: 1 } },
        c: { q: 1 },
      })
    })

    test('what is shared elsewhere stays as it is written', () => {
      const text = 'a: &x { p: 1 }\nb: *x\nlong: |\n  text\n'
      equal(editText(text, [{ path: ['long'], value: 'short' }]).includes('b: *x'), true)
    })
  })

  test('what cannot be done is refused and says where', () => {
    throws(
      () => editText(TEXT, [{ path: ['name', 'first'], value: 'x' }]),
      (error) => error instanceof EditImpossible && error.message.startsWith('name.first'),
    )
    throws(() => editText(TEXT, [{ path: ['list', 7], value: 'x' }]), EditImpossible)
    throws(() => editText(TEXT, [{ path: ['__proto__', 'x'], value: 'x' }]), EditImpossible)
    throws(() => editText('a: [', [{ path: ['a'], value: 1 }]), EditImpossible)
  })

  test('whatever is edited, the text says exactly that, and every comment is still there', () => {
    const value = fc.oneof(
      fc.string({ maxLength: 12 }),
      fc.integer(),
      fc.boolean(),
      fc.constant(undefined),
      fc.array(fc.integer(), { maxLength: 3 }),
      fc.dictionary(fc.stringMatching(/^[a-z]{1,4}$/), fc.string({ maxLength: 5 }), {
        maxKeys: 2,
        noNullPrototype: true,
      }),
    )
    const path = fc.constantFrom(
      ['share', 'os'],
      ['share', 'new'],
      ['name'],
      ['when_restricted', 'share', 'os'],
      ['when_restricted', 'share'],
      ['list', 1],
      ['events', 'Order Completed', 'as'],
      ['events', 'Login'],
      ['fresh'],
    )
    fc.assert(
      fc.property(fc.array(fc.record({ path, value }), { minLength: 1, maxLength: 4 }), (edits) => {
        let expected = parse(TEXT)
        let text = TEXT
        for (const { path: at, value: to } of edits) {
          const next = structuredClone(expected)
          const holder = at
            .slice(0, -1)
            .reduce<unknown>((inner, step) => (inner as Record<string, unknown> | undefined)?.[step], next)
          if (typeof holder !== 'object' || holder === null) continue
          const last = at.at(-1)!
          if (Array.isArray(holder)) {
            if (typeof last !== 'number' || last >= holder.length) continue
            if (to === undefined) holder.splice(last, 1)
            else holder[last] = to
          } else if (to === undefined) delete (holder as Record<string, unknown>)[last]
          else (holder as Record<string, unknown>)[last] = to
          text = editText(text, [{ path: at, value: to }])
          expected = next
        }
        deepEqual(parse(text), expected)
        equal(text.includes('# Who they are') && text.includes('# never changes'), true)
      }),
      { numRuns: 300 },
    )
  })
})
