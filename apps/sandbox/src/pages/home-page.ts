/** What stands at `/`: for a person who opens the sandbox's address in a browser. */
export const HOME_PAGE = `
<p>This is a stand-in for Intercom: it answers the API calls of Gatehouse's Intercom connector with made-up data, and shows the
consent page of a teammate. It keeps what is written to it.</p>
<ul>
<li><code>GET /oauth</code> – the consent page; open a connect link of Gatehouse to get there</li>
<li><code>POST /auth/eagle/token</code>, <code>POST /auth/uninstall</code> – the token endpoint and the uninstall call</li>
<li><code>/me</code>, <code>/conversations</code>, <code>/contacts</code>, … – the API, with a bearer token</li>
<li><a href="/_control/summary"><code>/_control/summary</code></a>, <a href="/_control/teammates"><code>/_control/teammates</code></a>,
<a href="/_control/requests"><code>/_control/requests</code></a>, <a href="/_control/faults"><code>/_control/faults</code></a> – what is
inside, what was called, and what is set to go wrong</li>
</ul>`;
