// biome-ignore-all lint/suspicious/noTemplateCurlyInString: unfilled templates are what is tested
import { equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isPlaceholder, PLACEHOLDERS } from './placeholder.ts'

describe('a placeholder names nobody', () => {
  for (const [kind, words] of Object.entries(PLACEHOLDERS)) {
    test(`${kind}: each word, in any letters, with spaces and quotes around it`, () => {
      for (const word of words) {
        for (const text of [word, word.toUpperCase(), ` ${word}\t`, `"${word}"`, `'${word}'`, `\u200b${word}\ufeff`]) {
          equal(isPlaceholder(text), true, JSON.stringify(text))
        }
      }
    })
  }

  const forms = [
    ...[
      '',
      ' ',
      '0',
      '00',
      '000000000000000',
      '0000-0000',
      '00000000-0000-0000-0000-000000000000',
      '-1',
      '-',
      '--',
      '—',
    ],
    ...[
      '***',
      '**********',
      '???',
      '...',
      '___',
      'xxxxxxxx',
      'XXXXXXXX-XXXX-XXXX-XXXX-XXXXXXXXXXXX',
      'ｎｕｌｌ',
      'Ｎ／Ａ',
    ],
    ...['[object Object]', '[object Undefined]', '[OBJECT OBJECT]', "Instance of 'User'", '<User object at 0x7f3a2b>'],
    ...['java.lang.Object@1b6d3586', '#<User:0x00007f>', 'System.Object', '\\"null\\"', '“null”'],
    ...[
      '{id}',
      '{ id }',
      '{{id}}',
      '{{ user_id }}',
      '{{{userId}}}',
      '${id}',
      '${user.id}',
      '$' + '{{user.id}}',
      '#{user_id}',
    ],
    ...[
      '%USER_ID%',
      '%%ADVERTISING_ID%%',
      '%{user_id}',
      '[IDFA]',
      '[[user]]',
      '<user_id>',
      '<%= user.id %>',
      '{% uid %}',
    ],
    ...['__IDFA__', '__OAID__', '__ANDROIDID__', '@user.id@', '<YOUR_USER_ID>', '{device-id}', '{идентификатор}'],
  ]
  for (const text of forms) {
    test(`${JSON.stringify(text)}`, () => {
      equal(isPlaceholder(text), true)
    })
  }
})

describe('what only looks like one names somebody', () => {
  const real = [
    ...['10', '1', '007', 'u-1', 'nullable', 'null-42', 'Nanette', 'nanook', 'Nones', 'none2', 'guest42', 'guest-7f3a'],
    ...[
      'anonymous-1234',
      'undefined7',
      'unknown.soldier',
      'trueman',
      'falsetto',
      'user_1',
      'user42',
      'id-5',
      'Anna',
      'x',
    ],
    ...[
      'xx',
      'XXX',
      'no',
      'yes',
      'nobody@example.org',
      'a@b.example',
      'void',
      'object',
      '{6D92078A-8246-4BA4-AE5B-76104861E7DC}',
    ],
    ...[
      '{AB01CD23-EF45-6789-0A1B-2C3D4E5F6071}',
      '[ab01cd23ef45]',
      '<jane@example.org>',
      '__jane__',
      '%41nna',
      '-2',
      '0.5a',
    ],
    ...[
      '00000000-0000-0000-0000-000000000001',
      '0x1f',
      '+14155550132',
      'Ａｎｎａ',
      'usr-88231-kx',
      '{user-12345}',
      'me',
      'n',
    ],
    ...['2B3C4D5E-0003-4000-8000-000000000001', 'FFFFFFFF-FFFF-4FFF-BFFF-FFFFFFFFFFFF', 'x'.repeat(200)],
  ]
  for (const text of real) {
    test(`${JSON.stringify(text)}`, () => {
      equal(isPlaceholder(text), false)
    })
  }

  test('a word that a namespace says is real is an id there, in any letters, and the others stay placeholders', () => {
    equal(isPlaceholder('Guest', ['guest']), false)
    equal(isPlaceholder('null', ['guest']), true)
  })
})
