import "../ui/base.css";
import "./shell.css";
import "../ui/trusted.ts";
import { mount } from "svelte";
import App from "./App.svelte";

const app = document.getElementById("app")!;
app.replaceChildren();
mount(App, { target: app });
