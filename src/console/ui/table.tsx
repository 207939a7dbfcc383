/** A scrollable table. A long one renders only the rows in view. */
import { createColumnHelper, flexRender, getCoreRowModel, type Row as Line, useReactTable } from '@tanstack/react-table'
import { useVirtualizer } from '@tanstack/react-virtual'
import { memo, type ReactNode, useMemo, useRef } from 'react'
import { Scroll } from './scroll.tsx'

export interface Column<Row> {
  readonly head: string
  readonly cell: (row: Row) => ReactNode
  /** `name` marks the row header; the others are styles. */
  readonly is?: 'name' | 'number' | 'mono' | 'quiet'
  readonly className?: (row: Row) => string
}

interface TableProps<Row> {
  readonly label: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  /** Unique per row. */
  readonly keyOf: (row: Row) => string | number
  readonly className?: string
}

export function Table<Row>({
  label,
  columns,
  rows,
  keyOf,
  className = '',
  rowClass = () => '',
}: TableProps<Row> & { readonly rowClass?: (row: Row) => string }) {
  const lines = useLines(columns, rows, keyOf)
  return (
    <Scroll label={label}>
      <table className={`table ${className}`}>
        <Heads columns={columns} />
        <tbody>
          {lines.map((line) => (
            <tr key={line.id} className={rowClass(line.original)}>
              <Cells line={line} columns={columns} />
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  )
}

/** @param columns MUST be the same array on every render, so that rows are memoized while scrolling. */
export function LongTable<Row>({
  label,
  columns,
  rows,
  keyOf,
  className = '',
  rowPx,
}: TableProps<Row> & {
  /** Height of each row. */
  readonly rowPx: number
}) {
  const scroll = useRef<HTMLElement>(null)
  const visible = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => rowPx,
    overscan: 12,
  })
  const shown = visible.getVirtualItems()
  const inView = shown.flatMap(({ index }) => rows[index] ?? [])
  const lines = useLines(columns, inView, keyOf)
  return (
    <Scroll label={label} className="long card" region={scroll}>
      <table className={`table long-table ${className}`}>
        <Heads columns={columns} />
        <tbody>
          <Space px={shown[0]?.start ?? 0} columns={columns.length} />
          {lines.map((line) => (
            <LongLine key={line.id} row={line.original} line={line as never} columns={columns as never} />
          ))}
          <Space px={visible.getTotalSize() - (shown.at(-1)?.end ?? 0)} columns={columns.length} />
        </tbody>
      </table>
    </Scroll>
  )
}

function useLines<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  keyOf: (row: Row) => string | number,
): readonly Line<Row>[] {
  const described = useMemo(() => {
    const { display } = createColumnHelper<Row>()
    return columns.map(({ head, cell }) => display({ id: head, header: head, cell: ({ row }) => cell(row.original) }))
  }, [columns])
  const table = useReactTable({
    data: rows as Row[],
    columns: described,
    getRowId: (row) => String(keyOf(row)),
    getCoreRowModel: getCoreRowModel(),
  })
  return table.getRowModel().rows
}

function Heads<Row>({ columns }: { readonly columns: readonly Column<Row>[] }) {
  return (
    <thead>
      <tr>
        {columns.map(({ head, is }) => (
          <th scope="col" key={head} className={is === 'number' ? 'number' : ''}>
            {head}
          </th>
        ))}
      </tr>
    </thead>
  )
}

function Cells<Row>({ line, columns }: { readonly line: Line<Row>; readonly columns: readonly Column<Row>[] }) {
  return line.getVisibleCells().map((cell, index) => {
    const { is, className } = columns[index] ?? {}
    const shown = flexRender(cell.column.columnDef.cell, cell.getContext())
    return is === 'name' ? (
      <th scope="row" key={cell.id}>
        {shown}
      </th>
    ) : (
      <td key={cell.id} className={className?.(line.original) ?? is ?? ''}>
        {shown}
      </td>
    )
  })
}

/** Memoized cells: only the row element is created again on scroll. */
const LongLine = memo(
  function LongLine({ line, columns }: LongLineProps) {
    return (
      <tr>
        <Cells line={line} columns={columns} />
      </tr>
    )
  },
  (old, next) => old.row === next.row && old.columns === next.columns,
)
interface LongLineProps {
  readonly row: unknown
  readonly line: Line<unknown>
  readonly columns: readonly Column<unknown>[]
}

/** Height of the rows that are not rendered. */
function Space({ px, columns }: { readonly px: number; readonly columns: number }) {
  if (px <= 0) return null
  return (
    <tr>
      <td colSpan={columns} style={{ height: px, padding: 0 }} />
    </tr>
  )
}
