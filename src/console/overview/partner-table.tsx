import type { PartnerRow } from '../partners/facts.ts'
import { Tag } from '../ui/tag.tsx'
import { countText } from '../ui/words.ts'

export function PartnerTable({ rows }: { readonly rows: readonly PartnerRow[] }) {
  return (
    <section className="card" aria-labelledby="partners-title">
      <h2 id="partners-title">Partners</h2>
      {rows.length === 0 ? (
        <p className="calm-line">No partner has a contract.</p>
      ) : (
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Partner</th>
              <th scope="col" className="number">
                Acknowledged
              </th>
              <th scope="col" className="number">
                Withheld
              </th>
              <th scope="col" className="number">
                Waits
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ id, name, health, delivered, withheld, waits }) => (
              <tr key={id}>
                <th scope="row">
                  <span className="row-name">{name}</span>
                  <Tag tone={health.tone}>{health.words}</Tag>
                </th>
                <td className="number">{countText(delivered)}</td>
                <td className="number">{countText(withheld)}</td>
                <td className="number">{countText(waits)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  )
}
