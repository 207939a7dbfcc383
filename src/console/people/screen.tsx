/** People: look-up of a subject by identity, and cases. Identities are neither kept nor shown. */
import { useState } from 'react'
import { useMay } from '../app/session.tsx'
import { NoPermission } from '../ui/problem.tsx'
import { Cases } from './cases.tsx'
import { Find, type Found } from './find.tsx'
import { Person } from './person.tsx'
import './people.css'

export function PeopleScreen() {
  const mayFind = useMay('lookUpSubject')
  const mayList = useMay('listCases')
  const [found, setFound] = useState<Found>()
  return (
    <div className="screen stack">
      <div className="screen-head">
        <h1>People</h1>
      </div>
      {mayFind ? (
        <>
          <Find found={setFound} />
          {found !== undefined && <Person key={found.handle} found={found} />}
        </>
      ) : (
        <NoPermission what="Looking people up" needs={['privacy_officer']} />
      )}
      {mayList && <Cases />}
    </div>
  )
}
