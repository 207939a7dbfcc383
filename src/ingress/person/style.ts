/** Styles that a user's own pages add to the public pages': forms. All directions follow the text's. */
export const PERSON_STYLE = `
form { margin: .75rem 0 }
.row { display: flex; flex-wrap: wrap; gap: .75rem }
button, .button { font: inherit; font-weight: 600; min-height: 2.75rem; padding: .5rem 1.1rem; border: 2px solid var(--accent); border-radius: .5rem; background: var(--accent); color: Canvas; text-decoration: none; display: inline-block; cursor: pointer }
button.plain, .button.plain { background: transparent; color: var(--accent) }
button:focus-visible, summary:focus-visible { outline: 3px solid CanvasText; outline-offset: 2px }
.state { font-weight: 600 }
.done { border: 2px solid var(--accent); border-radius: .5rem; padding: .5rem .75rem; font-weight: 600 }
nav span { display: block; padding: .25rem 0 }
summary { cursor: pointer; min-height: 1.5rem; padding: .25rem 0 }
code { font-size: 1.05rem }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: .85rem }
`
