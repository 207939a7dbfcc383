/** Completion in the shells themselves: each is asked what it would offer. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, test } from 'node:test'
import { sluice } from '../support/sluice.ts'

const has = (shell: string): string | false =>
  spawnSync(shell, ['--version']).error === undefined ? false : `${shell} is not here`

/** Words after `sluice` → what is offered for the last of them. */
const OFFERS: readonly (readonly [readonly string[], readonly string[]])[] = [
  [['led'], ['ledger']],
  [['ledger', 'v'], ['verify']],
  [['subject', 'erase', '--acc'], ['--accounts']],
  [
    ['subject', 'erase', '--accounts', ''],
    ['include', 'leave'],
  ],
  [['--vers'], ['--version']],
  [['completion', 'f'], ['fish']],
]

describe('sluice completion', () => {
  test('bash offers commands, options and their words', { skip: has('bash') }, async () => {
    const { out, code } = await sluice(['completion', 'bash'])
    equal(code, 0)
    for (const [words, offered] of OFFERS) {
      const asked = `${out}\nCOMP_WORDS=(sluice "$@"); COMP_CWORD=$#; _sluice; printf '%s\\n' "\${COMPREPLY[@]}"`
      const { stdout, stderr } = spawnSync('bash', ['-c', asked, 'sh', ...words], { encoding: 'utf8' })
      deepEqual([stdout.trim().split('\n'), stderr], [offered, ''], words.join(' '))
    }
  })

  test('fish offers the same, with what each is', { skip: has('fish') }, async () => {
    const { out } = await sluice(['completion', 'fish'])
    for (const [words, offered] of OFFERS) {
      const asked = `${out}\ncomplete -C "sluice ${words.join(' ')}"`
      const { stdout, stderr } = spawnSync('fish', ['--no-config', '-c', asked], { encoding: 'utf8' })
      const lines = stdout.trim().split('\n')
      deepEqual([lines.map((line) => line.split('\t')[0]), stderr], [offered, ''], words.join(' '))
      if (words[0] === 'led') ok(lines[0]?.includes('\t'), 'says what it is')
    }
  })

  test('zsh takes the script, and knows it as the completion of sluice', { skip: has('zsh') }, async () => {
    const { out } = await sluice(['completion', 'zsh'])
    // `bashcompinit` calls the function in this very mode; its `compgen` needs a line that is being edited.
    const asked = `${out}
      whence -w _sluice; print -r -- "\${_comps[sluice]}"
      emulate ksh; compgen() { print -r -- "$2"; }
      COMP_WORDS=(sluice ledger v); COMP_CWORD=2; _sluice; print -r -- "\${COMPREPLY[@]}"`
    const { stdout, stderr } = spawnSync('zsh', ['-f', '-c', asked], { encoding: 'utf8' })
    equal(stderr, '')
    const [known, completes, ...offered] = stdout.trim().split('\n')
    equal(known, '_sluice: function')
    ok(completes?.includes('_bash_complete'), completes)
    ok(offered.join(' ').split(' ').includes('verify'), offered.join(' '))
  })
})
