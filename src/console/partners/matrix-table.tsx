import { Tooltip } from '@base-ui/react/tooltip'
import { Fragment, type ReactNode } from 'react'
import { Scroll } from '../ui/scroll.tsx'
import { fieldWord, reasonSentence } from '../ui/words.ts'
import { type Cell, type ContractMatrix, type LawGroup, lawGroups, type SimulatedMatrix } from './matrix.ts'

/** @param terms the two columns of the contract for a field, editable or not */
export function MatrixTable({
  matrix,
  before,
  terms,
}: {
  readonly matrix: ContractMatrix
  /** Marks cells that differ from these. */
  readonly before?: ContractMatrix | undefined
  readonly terms: (field: string) => { readonly share: ReactNode; readonly restricted: ReactNode }
}) {
  const risks = [...new Set(matrix.rows.map(({ risk }) => risk))]
  return (
    <Tooltip.Provider>
      <Scroll label="Contract as a matrix" className="matrix-scroll">
        <table className="matrix">
          <thead>
            <tr>
              <th scope="col">Field</th>
              <th scope="col" className="term">
                Contract gives
              </th>
              <th scope="col" className="term">
                When restricted
              </th>
              {matrix.states.map((state) => (
                <th key={state} scope="col">
                  {state}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {risks.map((risk) => (
              <Fragment key={risk}>
                <tr className="risk">
                  <th colSpan={3 + matrix.states.length} scope="colgroup">
                    {risk}
                  </th>
                </tr>
                {matrix.rows
                  .filter((row) => row.risk === risk)
                  .map(({ field, cells }) => {
                    const { share, restricted } = terms(field)
                    const old = before?.rows.find((row) => row.field === field)
                    return (
                      <tr key={field}>
                        <th scope="row">{fieldWord(field)}</th>
                        <td className="term">{share}</td>
                        <td className="term">{restricted}</td>
                        {cells.map((cell, index) => (
                          <MatrixCell
                            key={matrix.states[index]}
                            cell={cell}
                            isChanged={
                              before !== undefined && (old?.cells[index]?.treatment ?? 'nothing') !== cell.treatment
                            }
                          />
                        ))}
                      </tr>
                    )
                  })}
              </Fragment>
            ))}
          </tbody>
        </table>
      </Scroll>
    </Tooltip.Provider>
  )
}

function MatrixCell({ cell: { treatment, why }, isChanged }: { readonly cell: Cell; readonly isChanged: boolean }) {
  const kind = treatment === 'pass' ? 'whole' : treatment === 'nothing' || treatment === 'no event' ? 'none' : 'part'
  return (
    <td className={`cell ${kind} ${isChanged ? 'changed' : ''}`}>
      <Tooltip.Root>
        <Tooltip.Trigger className="cell-button">
          {isChanged && <span className="changed-sign">changed: </span>}
          {treatment === 'no event' ? '—' : treatment}
          {treatment === 'no event' && <span className="unseen">no event leaves</span>}
        </Tooltip.Trigger>
        <Tooltip.Portal>
          <Tooltip.Positioner sideOffset={4} className="menu-positioner">
            <Tooltip.Popup className="tip">{reasonSentence(why)}</Tooltip.Popup>
          </Tooltip.Positioner>
        </Tooltip.Portal>
      </Tooltip.Root>
    </td>
  )
}

export function Laws({ simulated, partner }: { readonly simulated: SimulatedMatrix; readonly partner: string }) {
  return (
    <section className="card" aria-labelledby="laws-title">
      <h2 id="laws-title">The same person elsewhere</h2>
      <ul className="laws">
        {lawGroups(simulated, partner).map((group) => (
          <Law key={group.laws.join()} group={group} />
        ))}
      </ul>
    </section>
  )
}

function Law({ group: { laws, result, because, leaves } }: { readonly group: LawGroup }) {
  return (
    <li>
      <strong>{laws.join(', ').replaceAll('_', ' ')}:</strong>{' '}
      {result === 'withheld' ? `nothing leaves. ${because}` : `leaves ${leaves.replaceAll('_', ' ')}.`}
    </li>
  )
}
