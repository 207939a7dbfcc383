/** Options of a `select`, each a value and its label. */
export function Options({ of }: { readonly of: readonly (readonly [value: string, label: string])[] | undefined }) {
  return of?.map(([value, label]) => (
    <option key={value} value={value}>
      {label}
    </option>
  ))
}
