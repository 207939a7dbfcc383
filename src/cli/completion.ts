/** `sluice completion SHELL`: prints a completion script for commands, options and values, generated from the commands. */
import { Argument, Command } from 'commander'

const SHELLS = ['bash', 'zsh', 'fish'] as const
type Shell = (typeof SHELLS)[number]

/** The completions after one command, such as `ledger verify`; `''` is `sluice` itself. */
interface Node {
  readonly path: string
  readonly words: readonly { readonly word: string; readonly says: string }[]
  readonly options: readonly OptionWords[]
}
interface OptionWords {
  readonly flag: string
  readonly says: string
  /** Undefined without a value; empty for a free value, such as a file. */
  readonly values: readonly string[] | undefined
}

/** @param commands every other command */
export function completionCommand(commands: () => Promise<readonly Command[]>): Command {
  return new Command('completion')
    .description(
      'Prints a completion script: eval "$(npx sluice completion bash)", or zsh; npx sluice completion fish | source.',
    )
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .action(async (shell: Shell) => {
      const program = new Command('sluice')
      for (const command of await commands()) program.addCommand(command)
      const own = { word: 'completion', says: 'Prints a completion script.' }
      const [root, ...others] = nodesOf(program, '')
      const nodes = [
        { ...root!, words: [...root!.words, own], options: [VERSION, ...root!.options] },
        ...others,
        { path: own.word, words: SHELLS.map((word) => ({ word, says: '' })), options: [HELP] },
      ]
      console.log(shell === 'fish' ? fishScript(nodes) : bashScript(nodes, shell === 'zsh'))
    })
}

const HELP: OptionWords = { flag: '--help', says: 'display help for command', values: undefined }
const VERSION: OptionWords = { flag: '--version', says: 'which Sluice this is', values: undefined }

function nodesOf(command: Command, path: string): readonly Node[] {
  const words = command.registeredArguments.flatMap(({ argChoices = [] }) =>
    argChoices.map((word) => ({ word, says: '' })),
  )
  const options = command.options.flatMap(({ long, description, required, optional, argChoices = [] }) =>
    long == null
      ? []
      : [{ flag: long, says: firstOf(description), values: required || optional ? argChoices : undefined }],
  )
  const inner = command.commands.map((one) => ({ word: one.name(), says: firstOf(one.description()) }))
  return [
    { path, words: [...inner, ...words], options: [...options, HELP] },
    ...command.commands.flatMap((one) => nodesOf(one, `${path} ${one.name()}`.trim())),
  ]
}

/** The first sentence. */
function firstOf(description: string): string {
  const end = description.search(/[.;:](\s|$)/)
  return (end < 0 ? description : description.slice(0, end)).slice(0, 80)
}

/** Sound without quoting: ids, flags and choices contain no special characters. */
function bashScript(nodes: readonly Node[], isZsh: boolean): string {
  const cases = nodes.map(
    ({ path, words, options }) =>
      `    '${path}') names='${words.map(({ word }) => word).join(' ')}' flags='${options.map(({ flag }) => flag).join(' ')}' ;;`,
  )
  const values = nodes.flatMap(({ path, options }) =>
    options.flatMap(({ flag, values: ofFlag }) =>
      ofFlag === undefined ? [] : [`    '${path} ${flag}') takes=1 choices='${ofFlag.join(' ')}' ;;`],
    ),
  )
  const zsh = 'autoload -Uz +X compinit bashcompinit\nwhence compdef > /dev/null || compinit\nbashcompinit\n'
  return `# Made by sluice completion.
${isZsh ? zsh : ''}_sluice_command() {
  names= flags=
  case "$1" in
${cases.join('\n')}
    *) return 1 ;;
  esac
}
_sluice_option() {
  takes= choices=
  case "$1" in
${values.join('\n')}
  esac
}
_sluice() {
  local at= longer names flags takes choices i
  local now="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}"
  for ((i = 1; i < COMP_CWORD; i++)); do
    longer="\${at:+$at }\${COMP_WORDS[i]}"
    if _sluice_command "$longer"; then at="$longer"; fi
  done
  _sluice_command "$at"
  _sluice_option "$at $before"
  local offered="$names"
  if [[ -n "$takes" ]]; then offered="$choices"; elif [[ "$now" == -* ]]; then offered="$flags"; fi
  COMPREPLY=($(compgen -W "$offered" -- "$now"))
}
# Where none of ours fits: files and folders.
complete -o bashdefault -o default -F _sluice sluice`
}

function fishScript(nodes: readonly Node[]): string {
  const paths = nodes.map(({ path }) => path).filter((path) => path !== '')
  const says = (text: string): string => (text === '' ? '' : ` -d '${text.replace(/[\\']/g, '\\$&')}'`)
  return [
    '# Made by `sluice completion`.',
    `set -g __sluice_paths ${paths.map((path) => `'${path}'`).join(' ')}`,
    'function __sluice_at',
    '  set -l at ""',
    '  for word in (commandline -opc)[2..]',
    '    set -l longer (string trim -- "$at $word")',
    '    contains -- "$longer" $__sluice_paths; and set at "$longer"',
    '  end',
    '  test "$at" = "$argv[1]"',
    'end',
    ...nodes.flatMap(({ path, words, options }) => {
      const at = `complete -c sluice -n "__sluice_at '${path}'"`
      return [
        ...words.map(({ word, says: what }) => `${at} -f -a ${word}${says(what)}`),
        ...options.map(({ flag, says: what, values }) => {
          const value = values === undefined ? '' : values.length === 0 ? ' -r' : ` -x -a '${values.join(' ')}'`
          return `${at} -l ${flag.slice(2)}${value}${says(what)}`
        }),
      ]
    }),
  ].join('\n')
}
