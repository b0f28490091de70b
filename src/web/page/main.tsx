// The dashboard's page: shows who it is, once the token is exchanged.
import { render } from 'preact';
import './page.css';

render(<main>queuectl</main>, document.getElementById('app')!);
