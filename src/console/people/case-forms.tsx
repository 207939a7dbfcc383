/** Forms of case steps: confirm, note, extend, refuse, close. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { type BodyOf, call } from '../api/client.ts'
import { Options } from '../ui/options.tsx'
import { Problem } from '../ui/problem.tsx'
import { fieldWord } from '../ui/words.ts'
import type { WholeCase } from './words.ts'

const EVIDENCE = ['account', 'contact', 'document', 'mandate', 'knowledge', 'system', 'other'] as const
const REFUSALS: readonly BodyOf<'refuseCase'>['refusal'][] = [
  'not_identified',
  'no_mandate',
  'excessive',
  'others_rights',
  'legal_claims',
  'legal_obligation',
  'overriding_grounds',
  'no_data',
  'not_covered',
]
const STEPS = {
  note: 'Add a note',
  confirm: 'Confirm the receipt',
  extend: 'Extend the clock',
  refuse: 'Refuse',
  close: 'Close as answered',
  withdraw: 'Close as taken back',
} as const
type Step = keyof typeof STEPS

async function take(step: Step, id: string, text: string, choice: string): Promise<unknown> {
  const params = { case: id }
  switch (step) {
    case 'confirm':
      return call('confirmCase', { params, body: {} })
    case 'note': {
      const evidence = EVIDENCE.find((one) => one === choice)
      return call('noteOnCase', { params, body: { text, ...(evidence && { evidence }) } })
    }
    case 'extend':
      return call('extendCase', { params, body: { text } })
    case 'refuse':
      return call('refuseCase', { params, body: { text, refusal: choice as BodyOf<'refuseCase'>['refusal'] } })
    case 'close':
      return call('closeCase', { params, body: { how: 'done', text } })
    default:
      return call('closeCase', { params, body: { how: 'withdrawn', text } })
  }
}

export function CaseForms({ one }: { readonly one: WholeCase }) {
  const client = useQueryClient()
  const [step, setStep] = useState<Step>('note')
  const taking = useMutation({
    gcTime: 0,
    mutationFn: (given: FormData) =>
      take(step, one.case, String(given.get('text') ?? ''), String(given.get('choice') ?? '')),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['case'] })
      await client.invalidateQueries({ queryKey: ['cases'] })
    },
  })
  const offered = (Object.keys(STEPS) as Step[]).filter(
    (name) =>
      (name !== 'confirm' || (one.confirm_by !== undefined && !one.confirmed)) &&
      (name !== 'extend' || one.extendable_to !== undefined),
  )
  const options = step === 'note' ? EVIDENCE : step === 'refuse' ? REFUSALS : []
  return (
    <section className="card" aria-labelledby="step-title">
      <h2 id="step-title">Next step</h2>
      <form
        className="inline-form"
        autoComplete="off"
        onSubmit={(event) => {
          event.preventDefault()
          const form = event.currentTarget
          taking.mutate(new FormData(form), { onSuccess: () => form.reset() })
        }}
      >
        <label>
          Step
          <select value={step} onChange={(event) => setStep(event.target.value as Step)}>
            <Options of={offered.map((name) => [name, STEPS[name]])} />
          </select>
        </label>
        {options.length > 0 && (
          <label>
            {step === 'note' ? 'Who asks was shown by' : 'Why'}
            <select name="choice">
              {step === 'note' && <option value="">nothing yet</option>}
              <Options of={options.map((name) => [name, fieldWord(name)])} />
            </select>
          </label>
        )}
        {step !== 'confirm' && (
          <label className="wide">
            {step === 'refuse' || step === 'extend' ? 'What the person was told' : 'What was seen or done'}
            <textarea name="text" rows={2} maxLength={2000} required={step !== 'close' && step !== 'withdraw'} />
          </label>
        )}
        <button type="submit" className="button" disabled={taking.isPending}>
          {taking.isPending ? 'Recording…' : STEPS[step]}
        </button>
      </form>
      {taking.isSuccess && <p role="status">On record.</p>}
      <Problem of={taking.error} />
    </section>
  )
}
