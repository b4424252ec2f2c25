/* A program of Twurple: it listens over EventSub or over IRC, and speaks over the API or IRC.

Twurple's calls go to fixed addresses; `fetch` takes those of the sandbox instead. Nothing else is mapped: the
addresses of the two WebSockets are settings of Twurple's own. */
import { createInterface } from 'node:readline';
import { ApiClient, ChatMessageDroppedError } from '@twurple/api';
import { RefreshingAuthProvider } from '@twurple/auth';
import { ChatClient } from '@twurple/chat';
import { EventSubWsListener } from '@twurple/eventsub-ws';

const orders = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const tell = what => process.stdout.write(`${JSON.stringify(what)}\n`);
const next = async () => JSON.parse((await orders.next()).value ?? 'null');

function map(urls) {
	const fetched = globalThis.fetch;
	const places = { 'https://api.twitch.tv/helix': urls.helix, 'https://id.twitch.tv/oauth2': urls.oauth };
	globalThis.fetch = (url, options) => {
		const [twitch, here] = Object.entries(places).find(([place]) => url.startsWith(place));
		return fetched(here + url.slice(twitch.length), options);
	};
}

async function logIn(login) {
	const authProvider = new RefreshingAuthProvider({
		clientId: login.client_id,
		clientSecret: login.client_secret,
	});
	const token = { accessToken: login.token, refreshToken: login.refresh_token };
	await authProvider.addUserForToken({ ...token, expiresIn: null, obtainmentTimestamp: 0 }, ['chat']);
	return authProvider;
}

function listen(apiClient, login) {
	const listener = new EventSubWsListener({ apiClient, url: login.urls.eventsub });
	const ready = new Promise(resolve => listener.onSubscriptionCreateSuccess(resolve));
	listener.onSubscriptionCreateSuccess(() => tell({ subscribed: true }));
	listener.onSubscriptionCreateFailure((subscription, error) => tell({ failed: `${error}` }));
	listener.onRevoke((subscription, status) => tell({ revoked: status }));
	listener.onChannelChatMessage(login.channel_id, login.bot, event =>
		tell({ heard: { id: event.messageId, text: event.messageText, user: event.chatterName } }),
	);
	listener.start();
	return ready;
}

async function chat(authProvider, login) {
	// Twurple adds `:80`, whatever the port: it lands in the query.
	const hostName = `${login.urls.irc.slice('ws://'.length)}?`;
	const client = new ChatClient({ authProvider, channels: [login.channel], hostName, ssl: false });
	client.onMessage((channel, user, text, line) =>
		tell({ heard: { id: line.id, text, user, mod: line.userInfo.isMod } }),
	);
	client.onJoin(channel => tell({ joined: channel }));
	client.onAuthenticationFailure(text => tell({ failed: text }));
	client.connect();
	return client;
}

async function obey(order, api, client, login) {
	if (order.who) {
		const user = await api.users.getUserByName(order.who);
		tell({ who: { id: user.id, login: user.name, name: user.displayName } });
	} else if (order.streams) {
		const stream = await api.streams.getStreamByUserName(order.streams);
		tell({ streams: stream ? [{ title: stream.title, game: stream.gameName }] : [] });
	} else if (client) {
		await client.say(login.channel, order.say, order.to ? { replyTo: order.to } : undefined);
	} else {
		const sent = await api.asUser(login.bot, user => user.chat.sendChatMessage(login.channel_id, order.say));
		tell({ said: sent.id });
	}
}

const login = await next();
map(login.urls);
const authProvider = await logIn(login);
const api = new ApiClient({ authProvider });
let client = null;
if (process.argv[2] === 'irc') {
	client = await chat(authProvider, login);
} else {
	await listen(api, login);
}
tell({ ready: true });
for (let order; (order = await next()); ) {
	await obey(order, api, client, login).catch(error =>
		tell(error instanceof ChatMessageDroppedError ? { dropped: error.code } : { failed: `${error}` }),
	);
}
process.exit();
