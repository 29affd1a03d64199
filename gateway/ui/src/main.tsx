/** The pages: what each address shows. */
import '@mantine/core/styles.css'
import '@mantine/notifications/styles.css'
import './pages.css'
import { createTheme, MantineProvider } from '@mantine/core'
import { Notifications } from '@mantine/notifications'
import { QueryClientProvider } from '@tanstack/react-query'
import { setNonce } from 'get-nonce'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { Redirect, Route, Switch } from 'wouter'
import { newQueryClient } from './api/queries'
import { Empty } from './app/parts'
import { Shell } from './app/Shell'
import { ExecutionPage } from './executions/ExecutionPage'
import { ExecutionsPage } from './executions/ExecutionsPage'
import { setFavicon } from './executions/favicon'
import { JobPage, NewJobPage } from './jobs/JobPage'
import { JobsPage } from './jobs/JobsPage'
import { RunPage } from './jobs/RunPage'
import { SourcePage } from './sources/SourcePage'
import { SourcesPage } from './sources/SourcesPage'
import { texts } from './texts'

const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? ''
setNonce(nonce)
setFavicon(null, 0)
const theme = createTheme({
  primaryShade: 8,
  autoContrast: false,
  respectReducedMotion: true,
  components: {
    // A dialog's head is not the page's banner.
    Modal: { defaultProps: { closeButtonProps: { 'aria-label': texts.close }, attributes: { header: { role: 'none' } } } },
  },
})
const queries = newQueryClient()

createRoot(document.getElementById('pages')!).render(
  <StrictMode>
    <MantineProvider theme={theme} defaultColorScheme="auto" getStyleNonce={() => nonce}>
      <QueryClientProvider client={queries}>
        <Notifications position="bottom-right" />
        <Shell>
          <Switch>
            <Route path="/">
              <Redirect to="/jobs" replace />
            </Route>
            <Route path="/sources" component={SourcesPage} />
            <Route path="/sources/new">
              <SourcePage id={null} />
            </Route>
            <Route path="/sources/:id">{({ id }) => <Identified id={id} page={SourcePage} />}</Route>
            <Route path="/jobs" component={JobsPage} />
            <Route path="/jobs/new" component={NewJobPage} />
            <Route path="/jobs/:id">{({ id }) => <Identified id={id} page={JobPage} />}</Route>
            <Route path="/jobs/:id/run">{({ id }) => <Identified id={id} page={RunPage} />}</Route>
            <Route path="/executions" component={ExecutionsPage} />
            <Route path="/executions/:id">{({ id }) => <Identified id={id} page={ExecutionPage} />}</Route>
            <Route component={Nowhere} />
          </Switch>
        </Shell>
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
)

function Identified({ id, page: Page }: { id: string | undefined; page: (props: { id: number }) => React.ReactNode }) {
  return id && /^\d{1,15}$/.test(id) ? <Page key={id} id={Number(id)} /> : <Nowhere />
}

function Nowhere() {
  return (
    <Empty order={1} title={texts.notFound} to="/jobs" action={texts.jobs.title}>
      {texts.notFoundWhy}
    </Empty>
  )
}
