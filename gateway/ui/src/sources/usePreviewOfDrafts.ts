/** The form and the command that the definitions in the editor would make, with values to try. */
import { useState } from 'react'
import { fieldErrors, type Parameter } from '../api/client'
import { useSourcePreview } from '../forms/usePreview'
import { givenFrom, valuesFrom, type Given } from '../forms/values'
import { definitionOf, type Draft } from './definitions'

export function usePreviewOfDrafts(scriptPath: string, drafts: Draft[]) {
  const [tried, setTried] = useState<Given>({})
  const definitions: Parameter[] = drafts.map(definitionOf)
  const given = { ...givenFrom(definitions, {}), ...tried }
  const live = useSourcePreview({
    script_path: scriptPath,
    parameters: definitions,
    values: valuesFrom(definitions, given),
  })
  return {
    definitions,
    given,
    setGiven: setTried,
    command: live.preview?.command,
    errors: fieldErrors(live.preview?.errors),
    stale: live.stale,
  }
}
