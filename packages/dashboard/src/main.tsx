import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { queries } from './lib/network.ts'
import { applyDensity } from './lib/preferences.ts'
import { applyTheme } from './lib/theme.ts'
import { router } from './router.tsx'
import './styles.css'

applyTheme()
applyDensity()
const root = document.getElementById('root')
if (!root) throw new Error('The page has no place for the dashboard')
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
)
