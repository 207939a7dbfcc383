import { Link } from '@tanstack/react-router'

export function NotFound() {
  return (
    <div className="state">
      <p>
        <strong>There is no such screen.</strong>
      </p>
      <p>
        <Link to="/">To the overview</Link>
      </p>
    </div>
  )
}
